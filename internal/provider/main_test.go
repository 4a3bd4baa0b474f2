package provider_test

import (
	"os"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.WithoutCloud()
	os.Exit(acctest.Run(m))
}
