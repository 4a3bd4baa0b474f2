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
	operation := fmt.Sprintf("listing the CI/CD variables of %s", of.Resource())
	options := gogitlab.ListOptions{Page: 1, PerPage: 100}
	var keys []string
	for range maxPages {
		var page variablePage
		response, err := c.call(ctx, request{
			operation: operation, instance: instance, token: token, options: options, out: &page,
			path: fmt.Sprintf("%ss/%d/variables", of.Asked.Kind, of.ID),
		})
		if err != nil {
			return nil, err
		}
		for _, variable := range page {
			if string(variable.EnvironmentScope) == scope {
				keys = append(keys, c.shown(variable.Key))
			}
		}
		if len(page) == 0 || response.NextPage <= options.Page {
			slices.Sort(keys)
			return keys, nil
		}
		options.Page = response.NextPage
	}
	return nil, &Error{Operation: operation, Reason: ReasonUnexpected, Cause: fmt.Errorf("the list does not end after %d pages", maxPages)}
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
