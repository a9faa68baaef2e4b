package config

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// OneSource holds the keys sources.NAME.*, which concern one source.
type OneSource struct {
	MaxAge    time.Duration // 0: source.max_age
	PassOn    bool
	Locations map[string]*string // by name of the location
}

// Of returns the keys of one source, which are all empty where none is set.
func (c *Config) Of(source string) OneSource {
	if own := c.Own[source]; own != nil {
		return *own
	}
	return OneSource{}
}

// own makes room for the keys of a source.
func (c *Config) own(source string) *OneSource {
	if c.Own == nil {
		c.Own = make(map[string]*OneSource)
	}
	if c.Own[source] == nil {
		c.Own[source] = &OneSource{Locations: make(map[string]*string)}
	}
	return c.Own[source]
}

// family is keys of which there is one for each source, or for each address of
// each source: a star in the name stands for theirs.
type family struct {
	Key
	of func(c *Config, names []string) any // the field, for what the stars stand for
}

func families() []family {
	return []family{
		{
			Key: Key{
				Name: "sources.*.max_age", Default: "", Example: "7d",
				Doc: "As source.max_age, for one source.", check: positive,
			},
			of: func(c *Config, names []string) any { return &c.own(names[0]).MaxAge },
		},
		{
			Key: Key{
				Name: "sources.*.locations.*", Example: "https://mirror.example.org/notes/{id}/",
				Doc:   "Address to ask instead of one of the source's own, by the name that docs/sources.md gives it. Variables in braces are filled in.",
				check: address,
			},
			of: func(c *Config, names []string) any {
				own := c.own(names[0])
				if own.Locations[names[1]] == nil {
					own.Locations[names[1]] = new(string)
				}
				return own.Locations[names[1]]
			},
		},
		{
			Key: Key{
				Name: "sources.*.pass_on", Default: "false", Example: "true",
				Doc: "Serve the archive of this source to others though its terms do not allow everybody to do so: you have the publisher's leave.",
			},
			of: func(c *Config, names []string) any { return &c.own(names[0]).PassOn },
		},
	}
}

// lookupFamily returns the key of that name out of a family.
func lookupFamily(name string) (Key, bool) {
	parts := strings.Split(name, ".")
	for _, f := range families() {
		names, ok := stars(strings.Split(f.Name, "."), parts)
		if !ok || len(parts) != strings.Count(f.Name, ".")+1 {
			continue
		}
		k := f.Key
		k.Name = name
		k.field = func(c *Config) any { return f.of(c, names) }
		return k, true
	}
	return Key{}, false
}

// stars matches the beginning of a name with a pattern's, and returns what the
// pattern's stars stand for.
func stars(pattern, parts []string) (names []string, ok bool) {
	if len(parts) > len(pattern) {
		return nil, false
	}
	for i, part := range parts {
		switch {
		case part == "":
			return nil, false
		case pattern[i] == "*":
			names = append(names, part)
		case pattern[i] != part:
			return nil, false
		}
	}
	return names, true
}

// isFamilySection tells whether keys of a family stand below a name.
func isFamilySection(name string) bool {
	parts := strings.Split(name, ".")
	return slices.ContainsFunc(families(), func(f family) bool {
		pattern := strings.Split(f.Name, ".")
		_, ok := stars(pattern, parts)
		return ok && len(parts) < len(pattern)
	})
}

// familyKeys returns the keys of families that were set, by name.
func (l *Loaded) familyKeys() []Key {
	var out []Key
	for _, name := range slices.Sorted(maps.Keys(l.origins)) {
		if k, ok := lookupFamily(name); ok {
			out = append(out, k)
		}
	}
	return out
}

// address accepts where something can be asked for.
func address(v any) error {
	u, err := url.Parse(*v.(*string))
	if err != nil || u.Fragment != "" || u.Scheme != "file" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return errors.New("it must be a URL such as https://mirror.example.org/notes/{id}/")
	}
	return nil
}
