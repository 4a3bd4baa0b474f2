package server

import "testing"

func TestFault_strikesWhatItIsFor(t *testing.T) {
	t.Parallel()
	const id = "6f1c24a4-4f0d-4e49-a2a4-1a5d2e6f0d11"
	const connections = "/api/v1/app-connections/gitlab"
	get := &Request{Server: Infisical, Client: ClientProvider, Method: "GET", Path: connections + "/" + id}
	self := &Request{Server: GitLab, Client: ClientInfisical, Method: "GET", Path: "/gitlab/api/v4/projects/acme%2Fapp/access_tokens"}
	cases := []struct {
		fault   Fault
		request *Request
		want    bool
	}{
		{Fault{}, get, true},
		{Fault{Server: GitLab}, get, false},
		{Fault{Method: "POST"}, get, false},
		{Fault{Client: ClientInfisical}, get, false},
		{Fault{Path: connections}, get, false},
		{Fault{Path: connections + "/{id}"}, get, true},
		{Fault{Path: connections + "/" + id}, get, true},
		{Fault{Path: connections + "/*"}, get, true},
		{Fault{Path: "/api/v1/*/gitlab/{id}"}, get, true},
		{Fault{Path: "/api/v1/"}, get, true},
		{Fault{Path: "/api/v4/*"}, get, false},
		{Fault{}, self, false},
		{Fault{Client: ClientInfisical}, self, true},
		{Fault{Client: ClientInfisical, Path: "/api/v4/projects/{id}/access_tokens"}, self, true},
		{Fault{Client: ClientInfisical, Path: "/api/v4/projects/acme%2Fapp/*"}, self, true},
	}
	for n, c := range cases {
		if got := c.fault.matches(c.request, "/gitlab"); got != c.want {
			t.Errorf("case %d, %q: %t", n, c.fault.Path, got)
		}
	}
}
