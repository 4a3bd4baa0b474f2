package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Variable is a CI/CD variable, without its value.
type Variable struct {
	Key, EnvironmentScope string
	// File: jobs get the path of a file that holds the value.
	File bool
}

// VariableKeys lists the keys of the CI/CD variables that a project or group has in one environment scope, sorted.
// Errors are of type *Error.
func (s *Session) VariableKeys(ctx context.Context, of TargetDescription, scope string) ([]string, error) {
	variables, err := s.Variables(ctx, of)
	var keys []string
	for _, variable := range variables {
		if variable.EnvironmentScope == scope {
			keys = append(keys, variable.Key)
		}
	}
	return keys, err
}

// Variables lists the CI/CD variables of a project or group, sorted by their keys. GitLab sends their values along,
// which are not decoded. Errors are of type *Error.
// https://docs.gitlab.com/api/project_level_variables/#list-project-variables
func (s *Session) Variables(ctx context.Context, of TargetDescription) ([]Variable, error) {
	var variables []Variable
	var page variablePage
	err := s.everyPage(ctx, request{
		operation: fmt.Sprintf("listing the CI/CD variables of %s", of.Resource()), out: &page,
		path: fmt.Sprintf("%ss/%d/variables", of.Asked.Kind, of.ID),
	}, func() int {
		for _, variable := range page {
			variables = append(variables, Variable{
				Key: string(variable.Key), EnvironmentScope: string(variable.EnvironmentScope), File: variable.Type == "file",
			})
		}
		return len(page)
	})
	slices.SortStableFunc(variables, func(a, b Variable) int { return cmp.Compare(a.Key, b.Key) })
	return variables, err
}

// everyPage asks for a list page by page. take is called with each page decoded into what the request says, and returns
// how many entries it has.
func (s *Session) everyPage(ctx context.Context, list request, take func() int) error {
	options := gogitlab.ListOptions{Page: 1, PerPage: 100}
	for range maxPages {
		list.options = options
		response, err := s.call(ctx, list)
		switch {
		case err != nil:
			return err
		case take() == 0 || response.NextPage <= options.Page:
			return nil
		}
		options.Page = response.NextPage
	}
	return endless(list.operation)
}

// variablePage is one page of a list, without values.
type variablePage []variableEntity

type variableEntity struct {
	Key              transport.Data `json:"key"`
	EnvironmentScope transport.Data `json:"environment_scope"`
	Type             string         `json:"variable_type"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *variablePage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[variableEntity](raw, 1000)
	*p = entities
	return err
}
