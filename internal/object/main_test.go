package object_test

import (
	"os"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Run(m)) }
