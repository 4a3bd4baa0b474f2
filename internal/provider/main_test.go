package provider_test

import (
	"os"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
)

func TestMain(m *testing.M) {
	cloud.ClearEnvironment()
	os.Exit(acctest.Run(m))
}
