package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FileName is the name of the configuration file where none is given.
const FileName = "vulnmirror.yaml"

const (
	envPrefix = "VULNMIRROR_"
	// envFile names a configuration file, where flags are hard to give.
	envFile = envPrefix + "CONFIG"
	// envNVDKey is the name other programs use for the same secret.
	envNVDKey = "NVD_API_KEY"
)

// maxFileBytes bounds a configuration file; anything longer is another file.
const maxFileBytes = 1 << 20

// Flag is a flag of the command line that stands for a key.
type Flag struct {
	Name  string // as typed, e.g. "--data"
	Key   string
	Value string
}

// Options says where Load looks. The zero value yields the defaults.
type Options struct {
	File    string   // --config; "" to look for one
	Dir     string   // working folder, looked in first; "" = not
	UserDir string   // the user's configuration folder, looked in next; "" = not
	Environ []string // as from os.Environ
	Flags   []Flag
	Sets    []string // --set: "key=value"
}

// Loaded is the effective configuration and where each value came from.
type Loaded struct {
	Config
	File     string   // configuration file that was read, "" if none
	Warnings []string // what looks like a slip but stops nothing

	origins map[string]Origin
}

// Value is one line of `config show`.
type Value struct {
	Key    Key
	Text   string // a secret as asterisks
	JSON   any    // the same for an encoder
	Origin Origin
}

// Values returns every key with its effective value, in the table's order.
func (l *Loaded) Values() []Value {
	keys := append(Keys(), l.familyKeys()...)
	values := make([]Value, len(keys))
	for i, k := range keys {
		values[i] = Value{k, k.Text(&l.Config), k.JSON(&l.Config), l.Origin(k.Name)}
	}
	return values
}

// Origin says where the effective value of a key came from.
func (l *Loaded) Origin(key string) Origin {
	if o, ok := l.origins[key]; ok {
		return o
	}
	return Origin{Kind: FromDefault}
}

// Load reads the configuration: defaults, then the file, then the environment,
// then flags, then --set, each overriding the one before. The error is an
// *Invalid that lists every problem found, or says why the file cannot be read.
func Load(o Options) (*Loaded, error) {
	l := &loader{Loaded: Loaded{origins: map[string]Origin{}}}
	for _, k := range Keys() {
		l.take(k, Origin{Kind: FromDefault}, k.Default)
	}
	if err := l.file(o); err != nil {
		return nil, err
	}
	l.environ(o.Environ)
	for _, f := range o.Flags {
		l.named(f.Key, f.Value, Origin{Kind: FromFlag, Name: f.Name})
	}
	for _, s := range o.Sets {
		l.assignment(s)
	}
	if len(l.problems) == 0 {
		for _, c := range conflicts(&l.Config) {
			l.fail(l.Origin(c.key), c.key, c.reason)
		}
	}
	if len(l.problems) > 0 {
		return nil, &Invalid{l.problems}
	}
	return &l.Loaded, nil
}

type loader struct {
	Loaded
	problems []Problem
}

func (l *loader) fail(o Origin, key string, reason error) {
	l.problems = append(l.problems, Problem{o, key, reason})
}

func (l *loader) take(k Key, o Origin, text string) {
	if err := k.parse(&l.Config, text); err != nil {
		l.fail(o, k.Name, err)
	}
	l.origins[k.Name] = o
}

func (l *loader) named(name, text string, o Origin) {
	k, ok := Lookup(name)
	if !ok {
		l.fail(o, name, unknownKey(name))
		return
	}
	l.take(k, o, text)
}

func (l *loader) assignment(s string) {
	o := Origin{Kind: FromSet, Name: "--set"}
	name, text, found := strings.Cut(s, "=")
	if !found {
		l.fail(o, strings.TrimSpace(name), errors.New("it wants a key and a value, such as nvd.years=2024"))
		return
	}
	l.named(strings.TrimSpace(name), text, o)
}

// file reads the configuration file, if there is one to read.
func (l *loader) file(o Options) error {
	path := o.File
	if path == "" {
		path = lookupEnv(o.Environ, envFile)
	}
	if path == "" {
		path = findFile(o)
	}
	if path == "" {
		return nil
	}
	content, err := readFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration file: %w", err)
	}
	l.File = path
	settings, problems := readYAML(path, content)
	l.problems = append(l.problems, problems...)
	for _, s := range settings {
		if err := s.key.set(&l.Config, s.texts...); err != nil {
			l.fail(s.origin, s.key.Name, err)
		}
		l.origins[s.key.Name] = s.origin
	}
	return nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s has %d bytes, which is no configuration file", path, info.Size())
	}
	return os.ReadFile(path)
}

// findFile returns the first place that holds a configuration file. Trouble
// other than its absence is left for reading it to report.
func findFile(o Options) string {
	var places []string
	if o.Dir != "" {
		places = append(places, filepath.Join(o.Dir, FileName))
	}
	if o.UserDir != "" {
		places = append(places, filepath.Join(o.UserDir, "vulnmirror", FileName))
	}
	for _, p := range places {
		if _, err := os.Stat(p); !errors.Is(err, fs.ErrNotExist) {
			return p
		}
	}
	return ""
}
