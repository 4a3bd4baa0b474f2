package cloud

import (
	"os"
	"slices"
	"strings"
)

// ClearEnvironment takes out of this process's environment whatever leads the clouds' SDKs to the cloud that it really
// runs in, or to a developer's own profile. Call it from TestMain; a test sets what it wants.
func ClearEnvironment() {
	prefixes := []string{"AWS_", "AZURE_", "IDENTITY_", "MSI_", "IMDS_", "GCE_", "GOOGLE_"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			_ = os.Unsetenv(name) // Fails for no name that there is.
		}
	}
	for _, file := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		_ = os.Setenv(file, os.DevNull)
	}
}
