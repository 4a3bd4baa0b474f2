package server

import (
	"context"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// An exchange is one request on its way to an answer, or to a fault.
type exchange struct {
	ctx      context.Context // ends with the client or the sandbox
	request  *Request
	writer   http.ResponseWriter
	now      func() time.Time
	natural  func(status int) Reply
	process  func() *Recording // does what is asked
	answered func(status int)  // tells the log
}

func (x *exchange) send(a *Recording) {
	x.answered(a.Status)
	x.begin(a)
	_, _ = x.writer.Write(a.Body) // the client may have gone away; its request is processed all the same
}

// begin sends the status and the headers of an answer.
func (x *exchange) begin(a *Recording) {
	header := x.writer.Header()
	header.Set("Date", x.now().UTC().Format(http.TimeFormat))
	maps.Copy(header, a.header)
	if a.Status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	x.writer.WriteHeader(a.Status)
}

// hangUp closes the connection without an answer.
func (x *exchange) hangUp() {
	x.answered(0)
	panic(http.ErrAbortHandler)
}

// handOver lets answer do with the connection what it wants, and closes it.
func (x *exchange) handOver(answer func(net.Conn, *Request)) {
	x.answered(0)
	connection, _, err := http.NewResponseController(x.writer).Hijack()
	if err != nil {
		panic("sandbox: the connection cannot be had: " + err.Error())
	}
	defer func() { _ = connection.Close() }()
	defer context.AfterFunc(x.ctx, func() { _ = connection.Close() })()
	answer(connection, x.request)
}

// cut sends half of an answer that announced its whole length, and closes the connection.
func (x *exchange) cut(a *Recording) {
	x.answered(a.Status)
	x.begin(a)
	_, _ = x.writer.Write(a.Body[:len(a.Body)/2])
	_ = http.NewResponseController(x.writer).Flush()
	panic(http.ErrAbortHandler)
}
