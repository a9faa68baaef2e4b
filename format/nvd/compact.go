package nvd

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
)

// compact copies valid JSON without the white space between tokens. Inside
// strings nothing changes.
func compact(value []byte) []byte {
	out := make([]byte, 0, len(value)*5/8)
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case ' ', '\t', '\r', '\n':
			i++
		case '"':
			end := stringEnd(value, i)
			out = append(out, value[i:end]...)
			i = end
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// stringEnd returns the index just past the string that begins at start.
func stringEnd(value []byte, start int) int {
	for i := start + 1; ; {
		at := bytes.IndexByte(value[i:], '"')
		if at < 0 {
			return len(value)
		}
		i += at
		escapes := 0
		for value[i-1-escapes] == '\\' {
			escapes++ // the quote that begins the string ends this
		}
		i++
		if escapes%2 == 0 {
			return i
		}
	}
}

func integer(name string, value []byte, into *int) error {
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return fmt.Errorf("%q is %s, expected a whole number", name, value)
	}
	*into = n
	return nil
}

func text(name string, value []byte, into *string) error {
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("%q is %s, expected a string", name, value)
	}
	return nil
}
