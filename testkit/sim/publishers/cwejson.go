package publishers

import (
	"strconv"
	"strings"
	"time"
)

// publishRepository adds what the repository of CWE's API has: a file an entry,
// one of all categories and one of all views, and which entries there are.
func (p *cwe) publishRepository(out site) {
	types, data, viewIDs := object{}, object{}, []string{}
	together := map[string][]object{}
	for _, x := range p.shelf {
		folder, kind, body := p.entryJSON(x)
		out[repoCWE+folder+"/"+bare(x.id)+".json"] = raw(inJSON(body))
		together[folder] = append(together[folder], body)
		types = append(types, bare(x.id), kind)
		data = append(data, bare(x.id), object{"RelatedViews", object{"1000", object{}}})
		if kind == "view" {
			viewIDs = append(viewIDs, bare(x.id))
		}
	}
	out[repoCWE+"C/categories.json"] = raw(inJSON(together["C"])).otherwise(Empty, inJSON([]object{}))
	out[repoCWE+"V/views.json"] = raw(inJSON(together["V"])).otherwise(Empty, inJSON([]object{}))
	tree := func(data, types object) func() []byte {
		return inJSON(object{"data", data, "stats", p.versionAnswer()[4:], "ViewIds", viewIDs, "TypeDict", types})
	}
	out[repoCWE+"cwe_tree.json"] = raw(tree(data, types)).
		otherwise(Shrunk, tree(data[:len(data)/4*2], types[:len(types)/4*2])).
		otherwise(Empty, tree(object{}, object{}))
	out[repoCWE+"cwev.json"] = raw(inJSON(p.versionAnswer()))
}

// entryJSON is an entry as CWE's API has it, and where the repository keeps it.
func (p *cwe) entryJSON(x *article) (folder, kind string, body object) {
	if g, ok := p.groups[x.id]; ok {
		head := object{"ID", bare(x.id), "Name", x.title, "Status", x.status}
		if g.view {
			return "V", "view", append(head, "Type", "Graph", "Objective", x.text(), "Members", members(g.holds, bare(x.id)), "ContentHistory", historyJSON(x))
		}
		return "C", "category", append(head, "Summary", x.text(), "Relationships", members(g.holds, "1000"), "ContentHistory", historyJSON(x))
	}
	w := p.known[x.id]
	if x.status == "Deprecated" {
		return "W", "deprecated_weakness", p.weaknessJSON(x, w)
	}
	return "W", strings.ToLower(w.abstraction) + "_weakness", p.weaknessJSON(x, w)
}

func (p *cwe) weaknessJSON(x *article, w weakness) object {
	body := object{
		"ID", bare(x.id), "Name", x.title, "Abstraction", w.abstraction, "Structure", structureOf(w), "Status", x.status,
		"Description", x.text(), "ExtendedDescription", "\n\n" + p.sentence("more "+x.id) + "\n\n\n  - It grows where t < 5 & nobody looks.\n",
		"LikelihoodOfExploit", "Medium",
	}
	if w.parent != 0 {
		related := []object{}
		for _, view := range []string{"1000", "1003"} {
			related = append(related, object{"Nature", "ChildOf", "CweID", strconv.Itoa(w.parent), "ViewID", view, "Ordinal", "Primary"})
		}
		body = append(body, "RelatedWeaknesses", related)
	}
	if examples := p.examples(x.id); len(examples) > 0 {
		list := []object{}
		for _, cve := range examples {
			list = append(list, object{"Reference", cve, "Description", "An example.", "Link", "https://www.cve.org/CVERecord?id=" + cve})
		}
		body = append(body, "ObservedExamples", list)
	}
	if patterns := p.chain.patternsOf(w.number); len(patterns) > 0 {
		numbers := []string{}
		for _, c := range patterns {
			numbers = append(numbers, strconv.Itoa(c.number))
		}
		body = append(body, "RelatedAttackPatterns", numbers)
	}
	return append(body,
		"References", []object{{"ExternalReferenceID", "REF-1", "Title", "A book nobody wrote", "URL", "https://example.org/books/1"}},
		"MappingNotes", object{"Usage", usageOf(x, w), "Rationale", "It was found to be so.", "Comments", "None.", "Reasons", []string{"Acceptable-Use"}},
		"ContentHistory", historyJSON(x))
}

func members(numbers []int, view string) []object {
	out := []object{}
	for _, n := range numbers {
		out = append(out, object{"CweID", strconv.Itoa(n), "ViewID", view})
	}
	return out
}

func historyJSON(x *article) []object {
	out := []object{{"Type", "Submission", "SubmissionName", "Nobody", "SubmissionDate", x.created.Format(time.DateOnly)}}
	if x.edition > 1 {
		out = append(out, object{"Type", "Modification", "ModificationName", "Nobody", "ModificationDate", x.changed.Format(time.DateOnly)})
	}
	return out
}
