package object

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// NameTaken says what to do about a name that is taken, with the id to import when it can be looked up. more says more
// of the object that has it, in sentences that end with a line break; nil for nothing.
func (k Kind[T]) NameTaken(ctx context.Context, client *infisical.Client, name, projectID string, more func(existing *T) string) diag.Diagnostic {
	detail := fmt.Sprintf("A %s named %q already exists in %s. Names are unique there among all %ss, also those that are not for GitLab.\n", k.Noun, name,
		k.where(projectID), k.Noun)
	existing, err := k.Objects(client).GetByName(ctx, name, projectID)
	if err != nil {
		if more != nil {
			detail += more(nil)
		}
		detail += fmt.Sprintf("Looking it up failed (%s), so it may not be for GitLab, or this identity may not see it. Choose another name.",
			transport.Phrase(infisical.Reason(err)))
		return diag.NewAttributeErrorDiagnostic(path.Root("name"), "Name taken", detail)
	}
	if more != nil {
		detail += more(&existing)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("name"), "Name taken", detail+fmt.Sprintf(
		"Import it only if nothing else manages it (another workspace, or the instance of this resource that create_before_destroy replaces):\n\n"+
			"import {\n  to = %s.NAME # the address of this resource\n  id = %q\n}\n\nOtherwise choose another name.", k.Type, existing.Common().ID))
}

// Adopted is the warning about an object that was found after the answer to its creation was lost, and is as which was
// asked for.
func (k Kind[T]) Adopted(found T, lost error, as string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("GitLab %s adopted", k.Noun), fmt.Sprintf(
		"Infisical gave no usable answer to the creation of the %[1]s %[2]q: %[3]s.\nThe provider found the %[1]s %[4]s, which this request must have created: it is new, %[5]s. "+
			"Terraform manages it from now on.", k.Noun, found.Common().Name, transport.Phrase(infisical.Reason(lost)), found.Common().ID, as))
}

// CouldNotTell is the error about a creation whose answer was lost, and of which nothing was found. more says what else
// to check; empty for nothing.
func (k Kind[T]) CouldNotTell(name string, lost, notFound error, more string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(fmt.Sprintf("Could not tell whether the GitLab %s was created", k.Noun), fmt.Sprintf(
		"Infisical gave no usable answer to the creation of the %s %q: %s.\nThe provider then looked for it: %s.\n%sCheck in Infisical whether it exists. If it does, "+
			"and nothing else manages it, import it or delete it, and apply again.", k.Noun, name, transport.Phrase(infisical.Reason(lost)),
		transport.Phrase(notFound.Error()), more))
}
