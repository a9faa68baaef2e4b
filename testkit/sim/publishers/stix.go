package publishers

import "time"

// stixWriter writes STIX objects, of version 2.0 or 2.1.
type stixWriter struct {
	author
	version string
}

const stixTime = "2006-01-02T15:04:05.000Z"

const (
	identity = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
	marking  = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"
)

// ref is the STIX id of an object of ours.
func (s stixWriter) ref(kind, id string) string { return kind + "--" + s.uuid(kind+" "+id) }

// head is how every object begins.
func (s stixWriter) head(kind, id string, created, modified time.Time) object {
	o := object{"type", kind}
	if s.version == "2.1" {
		o = append(o, "spec_version", "2.1")
	}
	return append(o, "id", s.ref(kind, id), "created", created.Format(stixTime), "modified", modified.Format(stixTime),
		"created_by_ref", identity, "object_marking_refs", []string{marking})
}

func (s stixWriter) relationship(verb, sourceKind, source, targetKind, target string, at time.Time) object {
	o := s.head("relationship", source+" "+verb+" "+target, at, at)
	return append(o, "relationship_type", verb, "source_ref", s.ref(sourceKind, source), "target_ref", s.ref(targetKind, target))
}

// bundle is a document of objects, with who made them and on what terms.
func (s stixWriter) bundle(name string, objects []object) func() []byte {
	o := object{"type", "bundle", "id", "bundle--" + s.uuid("bundle "+name)}
	if s.version == "2.0" {
		o = append(o, "spec_version", "2.0")
	}
	created := time.Date(2017, 6, 1, 0, 0, 0, 0, time.UTC).Format(stixTime)
	who := object{"type", "identity", "id", identity, "created", created, "modified", created, "name", "Nobody in particular", "identity_class", "organization"}
	terms := object{
		"type", "marking-definition", "id", marking, "created", created, "definition_type", "statement",
		"definition",
		object{"statement", "Invented for tests; no rights are claimed."},
	}
	if s.version == "2.1" {
		who, terms = append(who, "spec_version", "2.1"), append(terms, "spec_version", "2.1")
	}
	return inLines(append(o, "objects", append(objects, who, terms)))
}
