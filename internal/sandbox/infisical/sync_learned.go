package infisical

import (
	"maps"
	"slices"
)

// Learn makes the server one that takes, keeps and shows one more key: of a sync, in "syncOptions" or
// "destinationConfig", as later versions will (https://github.com/Infisical/infisical/issues/8120), or of a data
// source, in "config". What it does not know it drops.
func (i *Server) Learn(object, key string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.learned == nil {
		i.learned = map[string][]string{}
	}
	i.learned[object] = append(i.learned[object], key)
}

// PutSubFoldersOnTop makes the server one that takes and shows includeAllSubFolders beside syncOptions instead of in
// it, as the page of another destination has it.
func (i *Server) PutSubFoldersOnTop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.subFoldersOnTop = true
}

// syncSchema is the schema of a body, with what the server knows of sub-folders and what it has learned.
func (i *Server) syncSchema(body object) object {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.withLearned(body)
	subFolders := object{{"includeAllSubFolders", optional{boolean{}}}}
	switch {
	case i.older:
	case i.syncRules.subFoldersOnTop:
		known = append(known, subFolders...)
	default:
		for n, member := range known {
			if member.name == "syncOptions" {
				known[n].schema = extended(member.schema, subFolders)
			}
		}
	}
	return known
}

// withLearned is a schema with the members that the server has learned of. The lock is held.
func (i *Server) withLearned(body object) object {
	known := slices.Clone(body)
	for n, member := range known {
		more := object{}
		for _, key := range i.learned[member.name] {
			more = append(more, field{key, optional{anything{}}})
		}
		known[n].schema = extended(member.schema, more)
	}
	return known
}

func extended(known schema, more object) schema {
	switch known := known.(type) {
	case optional:
		return optional{extended(known.schema, more)}
	case object:
		return append(slices.Clone(known), more...)
	case byScope:
		scopes := byScope{}
		for scope, members := range known {
			scopes[scope] = append(slices.Clone(members), more...)
		}
		return scopes
	}
	return known
}

// learnedOf are the members of an object that the server has learned of. The lock is held, as below.
func (i *Server) learnedOf(object string, sent fields) map[string]any {
	more := map[string]any{}
	for _, key := range i.learned[object] {
		if value, given := sent[key]; given {
			more[key] = value
		}
	}
	return more
}

// showLearned adds to an answer what syncs have of it.
func (i *Server) showLearned(s *Sync, shown, options, destination map[string]any) {
	maps.Copy(options, s.MoreOptions)
	maps.Copy(destination, s.MoreDestination)
	if s.IncludeSubFolders == nil {
		return
	}
	if i.syncRules.subFoldersOnTop {
		shown["includeAllSubFolders"] = *s.IncludeSubFolders
	} else {
		options["includeAllSubFolders"] = *s.IncludeSubFolders
	}
}
