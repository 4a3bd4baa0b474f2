package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// A Reply is what a handler answers: Body is encoded as JSON, Raw is sent as it is.
type Reply struct {
	Status int
	Header http.Header
	Body   any
	Raw    []byte
}

// Send writes the reply; contentType is that of JSON.
func (a Reply) Send(w http.ResponseWriter, contentType string) {
	content := a.Raw
	if a.Body != nil {
		encoded, err := json.Marshal(a.Body)
		if err != nil {
			panic(fmt.Sprintf("sandbox: encoding an answer: %v", err))
		}
		content = encoded
		w.Header().Set("Content-Type", contentType)
	}
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(content) // a recording never fails
}

// A Recording is an answer that was made but not sent, so that a fault can have its way with it.
type Recording struct {
	Status int
	Body   []byte
	header http.Header
}

// Header is that of an http.ResponseWriter.
func (r *Recording) Header() http.Header { return r.header }

// WriteHeader is that of an http.ResponseWriter.
func (r *Recording) WriteHeader(status int) {
	if r.Status == 0 {
		r.Status = status
	}
}

// Write is that of an http.ResponseWriter.
func (r *Recording) Write(content []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.Body = append(r.Body, content...)
	return len(content), nil
}

// Record lets write make an answer.
func Record(write func(http.ResponseWriter)) *Recording {
	r := &Recording{header: http.Header{}}
	write(r)
	return r
}

// GatewayPage is what a reverse proxy in front of either server says when it cannot reach it.
func GatewayPage(status int) Reply {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return HTMLReply(status, title, "nginx")
}

// HTMLReply is a page with a title and a paragraph. A status of 0 is 200.
func HTMLReply(status int, title, text string) Reply {
	if status == 0 {
		status = http.StatusOK
	}
	page := "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1><p>" + text + "</p></body></html>\n"
	return Reply{Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Raw: []byte(page)}
}
