package xmljson

import (
	"html"
	"strings"
)

// blocks are the elements of HTML that begin and end a line of their own.
var blocks = map[string]bool{
	"address": true, "article": true, "blockquote": true, "br": true, "dd": true, "div": true, "dl": true,
	"dt": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "hr": true,
	"li": true, "ol": true, "p": true, "pre": true, "section": true, "table": true, "td": true,
	"th": true, "tr": true, "ul": true,
}

// Plain returns the text of markup, of HTML as people write it as well as of
// XML: tags and comments left out, blocks on lines of their own, references to
// characters resolved, runs of white space one space. It never fails: what is no
// tag is text.
func Plain(markup string) string {
	var lines []string
	var line strings.Builder
	end := func() {
		if text := strings.Join(strings.Fields(html.UnescapeString(line.String())), " "); text != "" {
			lines = append(lines, text)
		}
		line.Reset()
	}
	for markup != "" {
		text, rest, found := strings.Cut(markup, "<")
		line.WriteString(text)
		if !found {
			break
		}
		name, isTag := tagName(rest)
		if !isTag {
			line.WriteByte('<')
			markup = rest
			continue
		}
		after, closed := tagEnd(rest)
		if !closed {
			line.WriteString("<" + rest)
			break
		}
		if blocks[name] {
			end()
		}
		markup = after
	}
	end()
	return strings.Join(lines, "\n")
}

// tagName returns the name in lower case, without the slash of an end tag and
// any prefix, of the tag whose "<" stands before s.
func tagName(s string) (string, bool) {
	s = strings.TrimPrefix(s, "/")
	if s == "" || !letter(s[0]) && s[0] != '!' && s[0] != '?' {
		return "", false
	}
	end := strings.IndexAny(s[:min(len(s), 40)], " \t\r\n/>")
	if end < 0 {
		return "", strings.HasPrefix(s, "!--")
	}
	name := strings.ToLower(s[:end])
	if _, local, found := strings.Cut(name, ":"); found {
		return local, local != "" // else it is an address between angle brackets
	}
	return name, true
}

// tagEnd returns what follows that tag or comment.
func tagEnd(s string) (string, bool) {
	if rest, comment := strings.CutPrefix(s, "!--"); comment {
		_, after, closed := strings.Cut(rest, "-->")
		return after, closed
	}
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return s[i+1:], true
		case c == '"' || c == '\'':
			quote = c
		}
	}
	return "", false
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
