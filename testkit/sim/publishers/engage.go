package publishers

import (
	"fmt"
	"time"

	"vulnmirror/vuln"
)

const repoENGAGE = hostRaw + "/mitre/engage/main/Data/json/"

// engage publishes JSON files in a repository.
type engage struct {
	author
	chain                         *chain
	goals, approaches, activities shelf
	// openings are what adversaries show when they use a technique (EAV).
	openings shelf
	releases int
}

func newENGAGE(a author, c *chain) *engage {
	p := &engage{author: a, chain: c}
	at := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	write := func(s *shelf, id string) { *s = append(*s, a.write(id, a.phrase(id), at)) }
	write(&p.goals, "EGO0001")
	write(&p.goals, "SGO0001")
	write(&p.approaches, "EAP0001")
	write(&p.approaches, "EAP0002")
	write(&p.approaches, "SAP0001")
	for n := 1; n <= c.size.Deceptions; n++ {
		write(&p.activities, fmt.Sprintf("EAC%04d", n))
	}
	write(&p.activities, "SAC0001")
	for n := 1; n <= 3; n++ {
		id := fmt.Sprintf("EAV%04d", n)
		x := a.write(id, "", at)
		x.title = x.text()
		p.openings = append(p.openings, x)
	}
	return p
}

func (*engage) name() string    { return "engage" }
func (*engage) hosts() []string { return []string{hostRaw, hostGitHub} }

func (p *engage) truth() map[vuln.Kind]shelf {
	var all shelf
	for _, s := range []shelf{p.goals, p.approaches, p.activities, p.openings} {
		all = append(all, s...)
	}
	return map[vuln.Kind]shelf{vuln.KindENGAGE: all}
}

// move rewrites an activity, takes out the one it added before, and adds one.
func (p *engage) move(at time.Time, _ []string) {
	p.releases++
	for _, x := range p.activities {
		if x.id >= "EAC9" && x.id < "EAD" {
			x.gone = true
		}
	}
	p.activities.revise(p.dice(fmt.Sprint("engage ", p.releases)), 1, at, func(*article) bool { return true })
	id := fmt.Sprintf("EAC%04d", 9500+p.releases)
	p.activities = append(p.activities, p.write(id, p.phrase(id), at))
}

func (p *engage) publish() site {
	out := site{}
	put := func(name string, v any) { out[repoENGAGE+name+".json"] = raw(inLines(v)) }
	list := func(name string, rows []object) {
		out[repoENGAGE+name+".json"] = raw(inLines(rows)).otherwise(Empty, inLines([]object{})).otherwise(Shrunk, inLines(rows[:1]))
	}
	activities := p.activities.present()
	for name, s := range map[string]shelf{"goals": p.goals, "approaches": p.approaches, "activities": activities} {
		rows := []object{}
		for _, x := range s {
			rows = append(rows, named(x))
		}
		list(name, rows)
	}
	goals, approaches, details := object{}, object{}, object{}
	toApproach, toActivity := []object{}, []object{}
	for i, x := range p.approaches {
		goal := p.goals[i%len(p.goals)]
		toApproach = append(toApproach, object{"goal_id", goal.id, "approach_id", x.id})
		approaches = append(approaches, x.id, append(object{"type", "Engagement", "goals", []string{goal.id}}, named(x)[2:]...))
	}
	for _, x := range p.goals {
		goals = append(goals, x.id, append(object{"type", "Engagement", "approaches", []string{}}, named(x)[2:]...))
	}
	for i, x := range activities {
		approach := p.approaches[i%len(p.approaches)]
		toActivity = append(toActivity, object{"approach_id", approach.id, "activity_id", x.id})
		details = append(details, x.id, p.details(i, x))
	}
	put("goal_details", goals)
	put("approach_details", approaches)
	put("activity_details", details)
	list("goal_approach_mappings", toApproach)
	list("approach_activity_mappings", toActivity)
	list("attack_mapping", p.rows(activities))
	put("approach_matrix", [][][]string{})
	put("attack_tactics_techniques", object{})
	list("references", []object{{"title", "A paper", "url", "https://example.org/papers/1", "id", "REF0001", "activity_id", "EAC0001"}})
	out[hostGitHub+"/repos/mitre/engage/commits/main"] = commit(p.commitID(p.name(), p.releases))
	return out
}

// details are what the file of that name says of the ith activity.
func (p *engage) details(i int, x *article) object {
	vulnerabilities := []object{}
	for _, v := range p.openings {
		if v != p.openings[i%len(p.openings)] {
			vulnerabilities = append(vulnerabilities, object{"eav", v.text(), "id", v.id})
		}
	}
	return append(object{
		"type", "Engagement", "goals",
		[]string{p.goals[0].id},
		"vulnerabilities", vulnerabilities,
		"attack_techniques",
		[]object{},
		"references",
		[]object{{"id", "REF0001", "title", "A paper", "url", "https://example.org/papers/1"}},
	}, named(x)[2:]...)
}

// rows say which activity answers each technique of ATT&CK for enterprises, and
// what weakness of the adversary it uses.
func (p *engage) rows(activities shelf) []object {
	rows := []object{}
	for n, t := range p.chain.of("enterprise") {
		for m := range 2 {
			x, v := activities[(n+m)%len(activities)], p.openings[n%len(p.openings)]
			rows = append(rows, object{
				"attack_id", t.id, "attack_technique", t.name, "eav_id", v.id, "eav", v.text(), "eac", x.title, "eac_id", x.id,
			})
		}
	}
	return rows
}
