package mongo_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The operations of MongoDB's wire protocol that are needed here.
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

// serveWire answers every command on a port of its own as answer says, and
// returns the address.
func serveWire(t *testing.T, answer func(command string) bson.D) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for open := true; open; {
					open = serveOne(c, answer) == nil
				}
			}()
		}
	}()
	return l.Addr().String()
}

func serveOne(c net.Conn, answer func(command string) bson.D) error {
	head := make([]byte, 16)
	if _, err := io.ReadFull(c, head); err != nil {
		return err
	}
	message := make([]byte, binary.LittleEndian.Uint32(head)-16)
	if _, err := io.ReadFull(c, message); err != nil {
		return err
	}
	op := binary.LittleEndian.Uint32(head[12:])
	at := 5 // flags, and the kind of the section
	if op == opQuery {
		at = 4 // flags
		for message[at] != 0 {
			at++
		}
		at += 9 // the end of the collection's name, and two numbers
	}
	elements, err := bson.Raw(message[at:]).Elements()
	if err != nil || len(elements) == 0 {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	doc, err := bson.Marshal(answer(elements[0].Key()))
	if err != nil {
		return err
	}
	// Flags, and the kind of the section.
	reply, body := uint32(opMsg), append([]byte{0, 0, 0, 0, 0}, doc...)
	if op == opQuery {
		// Flags, cursor, place, and how many documents.
		reply, body = opReply, append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, doc...)
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	out = binary.LittleEndian.AppendUint32(out, 1)
	out = append(out, head[4:8]...)
	out = binary.LittleEndian.AppendUint32(out, reply)
	_, err = c.Write(append(out, body...))
	return err
}

// proxy passes bytes between clients and a server until it is cut.
type proxy struct {
	address string
	cut     func()
}

// newProxy makes one that cuts itself once clients have sent limit bytes.
func newProxy(t *testing.T, server string, limit int) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	budget := make(chan int, 1)
	budget <- limit
	p := &proxy{address: l.Addr().String()}
	p.cut = func() {
		left := <-budget
		if left >= 0 {
			close(over)
			_ = l.Close()
		}
		budget <- -1
	}
	t.Cleanup(p.cut)
	spend := func(n int) bool {
		left := <-budget
		budget <- left
		if left < 0 || left < n {
			p.cut()
			return false
		}
		<-budget
		budget <- left - n
		return true
	}
	pass := func(from, to net.Conn, counted bool) {
		defer from.Close()
		defer to.Close()
		b := make([]byte, 4096)
		for {
			n, err := from.Read(b)
			if err != nil || counted && !spend(n) {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", server)
			if err != nil {
				_ = c.Close()
				return
			}
			go pass(c, s, true)
			go pass(s, c, false)
			go func() {
				<-over
				_ = c.Close()
				_ = s.Close()
			}()
		}
	}()
	return p
}
