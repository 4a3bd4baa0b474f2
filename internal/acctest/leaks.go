package acctest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// showsNoSecret fails the test when a text shows a secret that any test has used, save those that stand in clear, where
// the user has put them himself.
func showsNoSecret(t testing.TB, place, text string, inClear func(secret string) bool) {
	t.Helper()
	for _, finding := range secrets.In(text) {
		if !handedOver.holds(finding.Secret) && (inClear == nil || !inClear(finding.Secret)) {
			t.Errorf("a secret shows in %s, in the form %s, behind %q", place, finding.Form, finding.Around)
		}
	}
}

var handedOver clearText

// HandOver is for tests that give secrets to Terraform itself, in a variable that is not ephemeral or in a
// terraform_data: those it prints, logs and saves, whatever a provider does.
func HandOver(secrets ...string) {
	for _, secret := range secrets {
		handedOver.add(secret)
	}
}

// clearText is what users have written where everybody may read it.
type clearText struct {
	mu    sync.Mutex
	texts map[string]struct{}
}

func (c *clearText) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.texts == nil {
		c.texts = map[string]struct{}{}
	}
	c.texts[text] = struct{}{}
}

func (c *clearText) holds(secret string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for text := range c.texts {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// learn registers what a configuration gives as a secret. What it gives otherwise is in clear: Terraform saves it.
func learn(attributes []*tfprotov6.SchemaAttribute, config map[string]any, known *clearText) {
	for _, attribute := range attributes {
		switch value := config[attribute.Name].(type) {
		case string:
			if attribute.Sensitive || attribute.WriteOnly {
				secrets.Register(value)
				continue
			}
			known.add(value)
		case map[string]any:
			if attribute.NestedType != nil {
				learn(attribute.NestedType.Attributes, value, known)
				continue
			}
			known.add(fmt.Sprint(value))
		case []string:
			known.add(fmt.Sprint(value))
		}
	}
}

var secretName = regexp.MustCompile(`(?i)token|secret|password|jwt|^TF_VAR_(code|key)`)

// learnVariables registers the values of environment variables whose names say that they are secrets.
func learnVariables(env []string) {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if secretName.MatchString(name) && !strings.HasSuffix(name, "_NAME") && !strings.HasSuffix(name, "_PATH") {
			secrets.Register(value)
		}
	}
}

// ofAllTests is what net/http writes into Go's standard log, which all tests of a process share, those with hostile
// servers included, while resource.Test leads it into one test's file. The provider's own process drops it; main's
// tests hold it to that.
var ofAllTests = regexp.MustCompile(`(?m)^.*Unsolicited response received on idle HTTP channel.*\n?`)

// Test is resource.Test, after which everything that Terraform saved and logged, and what it was made to plan, is
// searched for secrets.
func Test(t *testing.T, testCase resource.TestCase) {
	t.Helper()
	RequireAcceptance(t)
	directory := t.TempDir()
	testCase.WorkingDir = directory
	t.Cleanup(func() {
		leavesNoSecret(t, directory)
		log := filepath.Join(logDirectory(), strings.ReplaceAll(t.Name(), "/", "__")+".log")
		if content, err := os.ReadFile(log); err == nil {
			showsNoSecret(t, "the TRACE log", ofAllTests.ReplaceAllString(string(content), ""), nil)
			_ = os.Remove(log)
		}
	})
	for _, step := range testCase.Steps {
		if step.ExpectError != nil {
			figures.Add(t, figures.Refused, 1)
		}
	}
	resource.Test(t, testCase)
}

// logDirectory is where resource.Test's logs are.
func logDirectory() string { return filepath.Join(buildDirectory(), "logs") }

// keepAll lets resource.Test leave its directories, and log all that it can.
func keepAll() error {
	if err := os.MkdirAll(logDirectory(), 0o700); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"TF_LOG_SDK_HELPER_RESOURCE": "OFF", // The tests' own log quotes their configurations.
		"TF_ACC_PERSIST_WORKING_DIR": "1", "TF_LOG": "TRACE", "TF_LOG_PATH_MASK": filepath.Join(logDirectory(), "%s.log"),
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// isConfiguration reports whether a user has written a file.
func isConfiguration(path string) bool {
	for _, suffix := range []string{".tf", ".tfvars", ".tfvars.json", ".hcl", ".tf.json", ".tmpl", ".pem", ".yml"} {
		if strings.HasSuffix(path, suffix) {
			return true
		}
	}
	return false
}

// leavesNoSecret searches all files below a directory in which Terraform ran. In plan files may be what configurations
// and variables hold in clear.
func leavesNoSecret(t testing.TB, directory string) {
	t.Helper()
	files, written := map[string][]byte{}, &clearText{}
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "providers"):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if isConfiguration(path) {
			written.add(string(content))
		} else {
			files[path] = content
		}
		return err
	})
	if err != nil {
		t.Errorf("searching for secrets: %v", err)
	}
	for path, content := range files {
		name := strings.TrimPrefix(path, directory)
		switch {
		case bytes.HasPrefix(content, []byte("PK")):
			searchPlan(t, name, content, written.holds)
		case strings.Contains(filepath.Base(path), ".tfstate"):
			showsNoSecret(t, name, stateText(content), nil)
		default:
			showsNoSecret(t, name, string(content), nil)
		}
	}
}

// searchPlan looks into a plan file. Terraform copies into it what configuration and variables hold in clear.
func searchPlan(t testing.TB, name string, content []byte, inClear func(string) bool) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Errorf("%s is no plan file: %v", name, err)
		return
	}
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Errorf("%s, %s: %v", name, file.Name, err)
			continue
		}
		content, err := io.ReadAll(reader)
		_ = reader.Close()
		switch {
		case err != nil:
			t.Errorf("%s, %s: %v", name, file.Name, err)
		case strings.HasPrefix(file.Name, "tfconfig/"):
		case strings.HasPrefix(file.Name, "tfstate"):
			showsNoSecret(t, name+", "+file.Name, stateText(content), nil)
		default:
			showsNoSecret(t, name+", "+file.Name, string(content), inClear)
		}
	}
}

// stateText is what a state file holds of ours, with private state decoded. What other providers and Terraform itself
// keep of their resources is their own affair.
func stateText(content []byte) string {
	var state struct {
		Resources []struct {
			Type      string           `json:"type"`
			Instances []map[string]any `json:"instances"`
		} `json:"resources"`
	}
	var rest map[string]any
	if json.Unmarshal(content, &state) != nil || json.Unmarshal(content, &rest) != nil {
		return string(content)
	}
	delete(rest, "resources")
	text := fmt.Sprintln(rest)
	for _, resource := range state.Resources {
		if !strings.HasPrefix(resource.Type, "infisical_gitlab_") {
			continue
		}
		for _, instance := range resource.Instances {
			private, _ := instance["private"].(string)
			decoded, _ := base64.StdEncoding.DecodeString(private)
			text += fmt.Sprintln(instance, string(decoded))
		}
	}
	return text
}
