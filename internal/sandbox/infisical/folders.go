package infisical

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// environments are those of every new project, by slug.
var environments = []string{"dev", "staging", "prod"}

// A folder holds secrets. Each environment of a project has one with the path "/".
type folder struct {
	id, projectID, environment, path string
	secrets                          map[string]string
}

// AddEnvironment adds one to a project.
func (i *Server) AddEnvironment(projectID, slug string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.findFolder(projectID, slug, "/") == nil {
		i.addFolder(projectID, slug, "/")
	}
}

// SetSecret sets a secret, in a folder that is made if it is missing. Syncs of the folder with auto-sync on queue a
// run.
func (i *Server) SetSecret(projectID, environment, path, key, value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.findFolder(projectID, environment, "/") == nil {
		panic("sandbox: no environment " + environment + " in a project " + projectID)
	}
	f := i.findFolder(projectID, environment, path)
	if f == nil {
		f = i.addFolder(projectID, environment, path)
	}
	f.secrets[key] = value
	i.queueRunsOf(f)
}

// RemoveSecret deletes a secret, if it is there. Syncs of its folder with auto-sync on queue a run.
func (i *Server) RemoveSecret(projectID, environment, path, key string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f := i.findFolder(projectID, environment, path)
	if f == nil || f.secrets[key] == "" {
		return
	}
	delete(f.secrets, key)
	i.queueRunsOf(f)
}

func (i *Server) queueRunsOf(f *folder) {
	for _, s := range i.syncs {
		if s.AutoSync && slices.Contains(i.sourceOf(s), f) {
			i.queueRun(s)
		}
	}
}

// Written are the names of the variables that a run of a sync writes; none when its folder was deleted.
func (i *Server) Written(s Sync) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var names []string
	for _, secret := range i.secretsOf(&s) {
		names = append(names, secret.key)
	}
	return names
}

// RemoveFolder deletes a folder other than "/" with what is below it. Syncs of it stay, without a source.
func (i *Server) RemoveFolder(projectID, environment, path string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.folders = slices.DeleteFunc(i.folders, func(f *folder) bool {
		return f.projectID == projectID && f.environment == environment && (f.path == path || strings.HasPrefix(f.path, path+"/"))
	})
}

func (i *Server) addFolder(projectID, environment, path string) *folder {
	f := &folder{id: uuid.NewString(), projectID: projectID, environment: environment, path: path, secrets: map[string]string{}}
	i.folders = append(i.folders, f)
	return f
}

func (i *Server) findFolder(projectID, environment, path string) *folder {
	n := slices.IndexFunc(i.folders, func(f *folder) bool {
		return f.projectID == projectID && f.environment == environment && f.path == path
	})
	if n < 0 {
		return nil
	}
	return i.folders[n]
}

// sourceOf are the folders that a sync reads: the one that it names, and with sub-folders those below. None when that
// one was deleted.
func (i *Server) sourceOf(s *Sync) []*folder {
	n := slices.IndexFunc(i.folders, func(f *folder) bool { return f.id == s.FolderID })
	if n < 0 {
		return nil
	}
	source := i.folders[n]
	read := []*folder{source}
	if !s.readsBelow() {
		return read
	}
	below := strings.TrimSuffix(source.path, "/") + "/"
	for _, f := range i.folders {
		if f != source && f.projectID == source.projectID && f.environment == source.environment && strings.HasPrefix(f.path, below) {
			read = append(read, f)
		}
	}
	return read
}

// readsBelow: the folders below are read, too.
func (s *Sync) readsBelow() bool { return s.IncludeSubFolders != nil && *s.IncludeSubFolders }

// A secret is one that a run writes.
type secret struct{ key, value string }

// secretsOf are what a run writes, by the names that the variables get. The lock is held.
func (i *Server) secretsOf(s *Sync) []secret {
	var all []secret
	for _, f := range i.sourceOf(s) {
		for key, value := range f.secrets {
			all = append(all, secret{s.variable(key, f.environment), value})
		}
	}
	slices.SortFunc(all, func(a, b secret) int { return cmp.Compare(a.key, b.key) })
	return all
}

// variable is the name that a secret's variable gets.
func (s *Sync) variable(key, environment string) string {
	if s.KeySchema == "" {
		return key
	}
	return strings.NewReplacer("{{secretKey}}", key, "{{environment}}", environment).Replace(s.KeySchema)
}

// fits tells whether a variable's name could have come from the key schema.
func (s *Sync) fits(variable, environment string) bool {
	before, after, templated := strings.Cut(strings.ReplaceAll(s.KeySchema, "{{environment}}", environment), "{{secretKey}}")
	return !templated || len(variable) >= len(before)+len(after) && strings.HasPrefix(variable, before) && strings.HasSuffix(variable, after)
}
