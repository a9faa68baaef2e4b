package publishers

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// author makes up texts. What it writes about something depends on the seed and
// that thing's identifier alone.
type author struct{ seed uint64 }

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}

// dice belong to a matter.
func (a author) dice(matter string) *rand.Rand { return rand.New(rand.NewPCG(a.seed, hash(matter))) }

func pick[T any](d *rand.Rand, from []T) T { return from[d.IntN(len(from))] }

// some picks n distinct ones, in their order.
func some[T any](d *rand.Rand, n int, from []T) []T {
	var out []T
	for i, v := range from {
		if left := len(from) - i; d.IntN(left) < n-len(out) {
			out = append(out, v)
		}
	}
	return out
}

// sentence is about something, in English.
func (a author) sentence(matter string) string {
	d := a.dice("sentence " + matter)
	return fmt.Sprintf("Whoever controls the %s can make the %s %s the %s.", pick(d, nouns), pick(d, machines), pick(d, deeds), pick(d, nouns))
}

// phrase is "Ticket Rewriting", a name for something.
func (a author) phrase(matter string) string {
	d := a.dice("phrase " + matter)
	return title(pick(d, nouns)) + " " + title(pick(d, doings))
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// uuid is made of the matter it identifies (RFC 9562, layout of version 4).
func (a author) uuid(matter string) string {
	d := a.dice("uuid " + matter)
	hi, lo := d.Uint64(), d.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}

// commitID is the id of the nth commit of a repository.
func (a author) commitID(repository string, n int) string {
	return digest(fmt.Append(nil, a.seed, repository, n))[:40]
}

// day is a day of the last years before at.
func (a author) day(matter string, at time.Time) time.Time {
	return at.AddDate(0, 0, -1-a.dice("day "+matter).IntN(1500)).Truncate(24 * time.Hour)
}

var (
	nouns = []string{
		"header", "session", "token", "certificate", "image", "frame", "profile", "invoice", "ticket", "cookie", "archive", "template",
		"message", "descriptor", "request", "stream", "font", "index", "policy", "widget", "schema", "upload", "macro", "report", "calendar",
	}
	machines = []string{
		"gateway", "ledger", "portal", "router", "camera", "planner", "viewer", "broker", "scheduler", "proxy", "parser", "kernel", "printer",
		"thermostat", "charger", "vault", "registry", "hypervisor", "forum", "booking desk",
	}
	deeds  = []string{"forget", "repeat", "rewrite", "reveal", "misplace", "duplicate", "expand", "replay", "confuse", "reorder", "swallow", "delay"}
	doings = []string{"rewriting", "smuggling", "confusion", "exhaustion", "substitution", "inspection", "reordering", "replay", "disclosure", "duplication", "tampering", "watching"}
)
