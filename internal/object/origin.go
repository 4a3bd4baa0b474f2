package object

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Origin is what private state records about the Infisical that has an object: whoever writes it records that, and so
// does a refresh that finds it where nothing is recorded, at another address, or restored from a backup.
type Origin struct {
	// Host is the server's address, and Organization the id of the organization; empty when that is not told.
	Host         string `json:"host"`
	Organization string `json:"organization,omitempty"`
	// WrittenAt is the server's own time of our last write; zero when it is not known.
	WrittenAt time.Time `json:"written_at"`
}

// originKey is the key of an Origin in private state.
const originKey = "infisical"

// RecallOrigin reads the origin from private state; it is empty when none is recorded.
func RecallOrigin(ctx context.Context, private attribute.PrivateReader) (Origin, diag.Diagnostics) {
	recalled, diags := attribute.Recall[Origin](ctx, private, originKey, "the Infisical that has it")
	if recalled == nil {
		return Origin{}, diags
	}
	return *recalled, diags
}

// RememberWrite records our write of an object in private state.
func RememberWrite(ctx context.Context, private attribute.PrivateWriter, client *infisical.Client, written infisical.Object) diag.Diagnostics {
	return attribute.Remember(ctx, private, originKey, Origin{
		Host: client.Host(), Organization: organization(ctx, client, written), WrittenAt: written.Common().UpdatedAt,
	})
}

func organization(ctx context.Context, client *infisical.Client, of infisical.Object) string {
	if told := of.Common().OrganizationID; told != "" {
		return told
	}
	return client.Organization(ctx)
}

// MovedTo reports that the object was last written at another address than this.
func (o Origin) MovedTo(host string) bool {
	return o.Host != "" && infisical.NormalizeHost(o.Host) != host
}

// isHere reports that nothing tells of another Infisical, or of another organization, than the one that the provider is
// logged in to.
func (o Origin) isHere(ctx context.Context, client *infisical.Client) bool {
	switch {
	case o.MovedTo(client.Host()):
		return false
	case o.Organization == "":
		return true
	}
	here := client.Organization(ctx)
	return here == "" || here == o.Organization
}

// Recorded is what state and private state remember of an object.
type Recorded struct {
	ID, Name, ProjectID string
	Origin              Origin
}

// Known is what the client needs of it.
func (r Recorded) Known() infisical.Known {
	return infisical.Known{ID: r.ID, ProjectID: r.ProjectID, WrittenAt: r.Origin.WrittenAt}
}

// Follow returns the origin to record for an object that was found, and what to say about it. At another address than
// that of our last write it is the same Infisical under another name, because the object's id is a UUID, or a copy of
// it. A server that still does not know our last write was restored from a backup, and later reads do not wait for that
// write.
func (k Kind[T]) Follow(ctx context.Context, client *infisical.Client, recorded Recorded, found T) (Origin, diag.Diagnostics) {
	var diags diag.Diagnostics
	origin, host, updated := recorded.Origin, client.Host(), found.Common().UpdatedAt
	if origin.MovedTo(host) {
		diags.AddWarning("Infisical at another address", fmt.Sprintf(
			"The %s %q was last written at %s, and was now found at %s. The provider treats both as one Infisical whose address changed.\nIf the second is a copy of the "+
				"first, such as a staging server restored from a backup, do not apply: that may revoke tokens that the first uses, and both would write to the same GitLab. "+
				"Correct host, or INFISICAL_HOST.", k.Noun, recorded.Name, origin.Host, host))
	}
	if origin.Host == "" || origin.MovedTo(host) {
		origin.Host, origin.Organization = host, organization(ctx, client, found)
	}
	if updated.Before(origin.WrittenAt) && !updated.IsZero() {
		origin.WrittenAt = updated
	}
	return origin, diags
}

// Elsewhere is the error about an object that was not found because the provider is logged in to another Infisical, or
// to another organization; nil when it was deleted, perhaps with its project. notFound is what Refresh or Find
// returned; MayBeElsewhere is true of it.
func (k Kind[T]) Elsewhere(ctx context.Context, client *infisical.Client, recorded Recorded, notFound error) diag.Diagnostics {
	if infisical.IsOfAnotherOrganization(notFound) {
		return diag.Diagnostics{k.ofAnotherOrganization(ctx, client, recorded, notFound)}
	}
	search := search{origin: recorded.Origin, host: client.Host()}
	if recorded.ProjectID != "" {
		search.listed, search.refused = infisical.Absence(notFound)
	}
	if !search.listed && recorded.Origin.Organization != "" {
		present, err := client.Organizations(ctx)
		if err != nil {
			return k.Diagnose("find", err)
		}
		search.organizations = present
	}
	if search.deleted() {
		return nil
	}
	why := ""
	if search.refused != nil {
		why = fmt.Sprintf("\nListing the %ss of the project %s failed: %s", k.Noun, recorded.ProjectID,
			transport.Sentence(infisical.Reason(search.refused)))
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("State of another Infisical", fmt.Sprintf(
		"The %[1]s %[2]q (%[3]s) was not found where the provider is logged in, and it is not certain that it was deleted:\n- last written at %[4]s, %[5]s\n"+
			"- logged in at %[6]s, %[7]s%[8]s\nThe provider does not treat it as deleted: it changed nothing, revoked no token, and kept the %[1]s in the state. Check host "+
			"and auth of the provider block, and INFISICAL_ variables in the environment. If the other Infisical no longer exists, remove the %[1]s from the state with "+
			"`terraform state rm`%[9]s.",
		k.Noun, recorded.Name, recorded.ID, cmp.Or(recorded.Origin.Host, "an address that is not recorded"), organizationNames(recorded.Origin.Organization),
		search.host, organizationNames(search.organizations...), why, k.LeftBehind))}
}

// ofAnotherOrganization is the error about an object that this Infisical says another organization has.
func (k Kind[T]) ofAnotherOrganization(ctx context.Context, client *infisical.Client, recorded Recorded, refused error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("State of another Infisical", fmt.Sprintf(
		"The %[1]s %[2]q (%[3]s) belongs to another organization than the one that the provider is logged in to. Infisical says: %[4]s\n- last written at %[5]s, %[6]s\n"+
			"- logged in at %[7]s, %[8]s\nThe provider changed nothing, revoked no token, and kept the %[1]s in the state. Check auth of the provider block, and "+
			"INFISICAL_ variables in the environment: the identity must be one of the first organization.",
		k.Noun, recorded.Name, recorded.ID, transport.Sentence(infisical.Reason(refused)),
		cmp.Or(recorded.Origin.Host, "an address that is not recorded"), organizationNames(recorded.Origin.Organization), client.Host(),
		organizationNames(client.Organization(ctx))))
}

func organizationNames(ids ...string) string {
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return "in an organization that is not known"
	}
	return "in the organization " + strings.Join(ids, " and ")
}

// search is what a search in vain has shown.
type search struct {
	origin Origin
	host   string
	// organizations are those that the session is known to belong to.
	organizations []string
	// listed: the object's project is here, and its list does not hold the object. refused is why it was not listed,
	// nil when it was, or when there is no such project.
	listed  bool
	refused error
}

// deleted decides whether an object that was not found was deleted. Projects and organizations have UUIDs: with the
// same id it is the same Infisical, whatever its address. Where neither tells, the address decides.
func (s search) deleted() bool {
	recorded := s.origin.Organization
	switch {
	case s.listed:
		return true
	case s.refused != nil:
		return false
	case recorded != "" && len(s.organizations) > 0:
		return slices.Contains(s.organizations, recorded)
	}
	return !s.origin.MovedTo(s.host)
}
