package gitlab

import (
	"context"
	"fmt"
	"slices"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// VariableKeys lists the keys of the CI/CD variables that a project or group has in one environment scope, sorted.
// GitLab sends their values along, which are not decoded. Errors are of type *Error.
// https://docs.gitlab.com/api/project_level_variables/#list-project-variables
func (c *Client) VariableKeys(ctx context.Context, instance, token string, of TargetDescription, scope string) ([]string, error) {
	var keys []string
	var page variablePage
	err := c.everyPage(ctx, request{
		operation: fmt.Sprintf("listing the CI/CD variables of %s", of.Resource()), instance: instance, token: token, out: &page,
		path: fmt.Sprintf("%ss/%d/variables", of.Asked.Kind, of.ID),
	}, func() int {
		for _, variable := range page {
			if string(variable.EnvironmentScope) == scope {
				keys = append(keys, c.shown(variable.Key))
			}
		}
		return len(page)
	})
	slices.Sort(keys)
	return keys, err
}

// everyPage asks for a list page by page. take is called with each page decoded into what the request says, and returns
// how many entries it has.
func (c *Client) everyPage(ctx context.Context, list request, take func() int) error {
	options := gogitlab.ListOptions{Page: 1, PerPage: 100}
	for range maxPages {
		list.options = options
		response, err := c.call(ctx, list)
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
type variablePage []struct {
	Key              foreign `json:"key"`
	EnvironmentScope foreign `json:"environment_scope"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *variablePage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[struct {
		Key              foreign `json:"key"`
		EnvironmentScope foreign `json:"environment_scope"`
	}](raw, 1000)
	*p = entities
	return err
}
