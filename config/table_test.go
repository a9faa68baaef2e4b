package config

import (
	"reflect"
	"slices"
	"testing"
)

// TestTableCoversEveryField walks the struct, so that a field without a key and
// two keys with one field are both found.
func TestTableCoversEveryField(t *testing.T) {
	var c Config
	keyOf := map[any]string{}
	for _, k := range Keys() {
		p := k.field(&c)
		if other, taken := keyOf[p]; taken {
			t.Errorf("%s and %s have one field", k.Name, other)
		}
		keyOf[p] = k.Name
	}
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			f, name := v.Field(i), path+"."+v.Type().Field(i).Name
			if _, isKey := keyOf[f.Addr().Interface()]; isKey {
				continue
			}
			if f.Addr().Interface() == any(&c.Own) {
				continue // of families
			}
			if f.Kind() != reflect.Struct {
				t.Errorf("Config%s has no key", name)
				continue
			}
			walk(f, name)
		}
	}
	walk(reflect.ValueOf(&c).Elem(), "")
}

func TestTableEntriesAreComplete(t *testing.T) {
	var titled []string
	for _, s := range sections() {
		titled = append(titled, s.name)
	}
	names, envs := map[string]bool{}, map[string]bool{envFile: true}
	for _, k := range Keys() {
		if names[k.Name] || envs[k.Env()] {
			t.Errorf("%s or %s is taken", k.Name, k.Env())
		}
		names[k.Name], envs[k.Env()] = true, true
		if k.Doc == "" || k.Example == "" {
			t.Errorf("%s lacks a doc text or an example", k.Name)
		}
		if !slices.Contains(titled, k.Section()) {
			t.Errorf("%s is in a section without a title", k.Name)
		}
		if _, isInt := k.field(new(Config)).(*int); isInt && k.Unit == "" {
			t.Errorf("%s has a number without a unit", k.Name)
		}
		var c Config
		if err := k.parse(&c, k.Default); err != nil {
			t.Errorf("%s: default: %v", k.Name, err)
		}
		if got := k.Text(&c); got != k.Default {
			t.Errorf("%s: default %q is shown as %q", k.Name, k.Default, got)
		}
		if err := k.parse(&c, k.Example); err != nil {
			t.Errorf("%s: example: %v", k.Name, err)
		}
	}
}
