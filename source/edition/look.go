package edition

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/fetch"
	"vulnmirror/source"
)

// byteOrderMark stands at the beginning of some files, and means nothing in UTF-8.
const byteOrderMark = "\ufeff"

// JSON is Part.Check for documents in JSON: it reads one to its end, and refuses
// those that only say {"error": …}, as upstreams do with status 200.
func JSON(r io.Reader) error {
	text := bufio.NewReader(r)
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // what was peeked at is there
	}
	in := jsontext.NewDecoder(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var names []string
	if in.PeekKind() != '{' {
		if err := in.SkipValue(); err != nil {
			return err
		}
		return atEnd(in)
	}
	if _, err := in.ReadToken(); err != nil {
		return err
	}
	for in.PeekKind() != '}' {
		name, err := in.ReadToken()
		if err != nil {
			return err
		}
		if len(names) < 2 {
			names = append(names, name.String())
		}
		if err := in.SkipValue(); err != nil {
			return err
		}
	}
	if _, err := in.ReadToken(); err != nil {
		return err
	}
	if len(names) == 1 && names[0] == "error" {
		return errors.New("upstream answered with nothing but an error")
	}
	return atEnd(in)
}

func atEnd(in *jsontext.Decoder) error {
	switch _, err := in.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return errors.New("there is more after the JSON document")
}

// Frozen is Publication.Check of upstreams that publish nothing any more: they are
// asked again when what they said last has become old, and not before.
func Frozen(context.Context, *fetch.Client, source.Cursor) (bool, error) { return false, nil }

// Commit asks GitHub's API at url, …/repos/OWNER/NAME/commits/BRANCH, at which
// commit a branch is: 40 hexadecimal digits.
func Commit(ctx context.Context, up *fetch.Client, url string) (id string, err error) {
	_, _, err = up.Read(ctx, fetch.Request{URL: url, Header: CommitHeader(), Check: func(r io.Reader) (err error) {
		id, err = ReadCommit(r)
		return err
	}}, 1<<10)
	return id, err
}

// CommitHeader asks for nothing but the id
// (https://docs.github.com/en/rest/commits/commits, "Get a commit").
func CommitHeader() http.Header { return http.Header{"Accept": {"application/vnd.github.sha"}} }

// ReadCommit reads the answer to Commit's question.
func ReadCommit(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, 1<<10))
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(strings.TrimPrefix(string(text), byteOrderMark))
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != 20 {
		return "", fmt.Errorf("%.50q is no id of a commit", id)
	}
	return id, nil
}
