package publishers

import (
	"fmt"
	"slices"
	"strconv"
)

// chain is what the publishers of MITRE agree on: which weaknesses there are,
// which attack patterns use them, which techniques those are, and which CVEs
// serve as examples.
type chain struct {
	weaknesses []weakness
	patterns   []pattern
	techniques []technique
	cves       []string
	size       Size
}

// weakness is an entry of CWE.
type weakness struct {
	number      int
	name        string
	abstraction string
	parent      int // 0 = none
}

func (w weakness) id() string { return "CWE-" + strconv.Itoa(w.number) }

// pattern is an entry of CAPEC.
type pattern struct {
	number      int
	name        string
	abstraction string
	parent      int
	weaknesses  []int
	techniques  []string
}

func (p pattern) id() string { return "CAPEC-" + strconv.Itoa(p.number) }

// technique is a technique of ATT&CK.
type technique struct {
	id     string
	name   string
	domain string // enterprise, mobile or ics
	tactic string // x_mitre_shortname
	by     string // what revoked it
}

// The numbers are real. What NVD's simulation knows is among them.
var knownWeaknesses = []weakness{
	{707, "Neutralization gone wrong", "Pillar", 0},
	{664, "Resources kept badly", "Pillar", 0},
	{284, "Access controlled badly", "Pillar", 0},
	{693, "Protection that fails", "Pillar", 0},
	{20, "Input taken on trust", "Class", 707},
	{74, "Injection", "Class", 707},
	{77, "Command injection", "Class", 74},
	{78, "OS command injection", "Base", 77},
	{79, "Cross-site scripting", "Base", 74},
	{89, "SQL injection", "Base", 74},
	{94, "Code injection", "Base", 74},
	{917, "Expression language injection", "Base", 77},
	{22, "Path traversal", "Base", 664},
	{119, "Memory used outside its bounds", "Class", 664},
	{121, "Stack-based buffer overflow", "Variant", 787},
	{125, "Out-of-bounds read", "Base", 119},
	{787, "Out-of-bounds write", "Base", 119},
	{416, "Use after free", "Variant", 664},
	{476, "Null pointer dereference", "Base", 664},
	{190, "Integer overflow", "Base", 664},
	{400, "Resources used without limit", "Class", 664},
	{502, "Deserialization of untrusted data", "Base", 664},
	{611, "External XML entities", "Base", 664},
	{918, "Server-side request forgery", "Base", 664},
	{1321, "Prototype pollution", "Variant", 664},
	{362, "Race condition", "Class", 664},
	{434, "Upload without restriction", "Base", 664},
	{287, "Authentication gone wrong", "Class", 284},
	{862, "Missing authorization", "Class", 284},
	{798, "Credentials written into the product", "Base", 287},
	{352, "Cross-site request forgery", "Compound", 693},
	{200, "Information exposed", "Class", 664},
}

var knownPatterns = []pattern{
	{586, "Object Injection", "Meta", 0, []int{502}, []string{"T1190", "T1059", "T1055.001"}},
	{242, "Code Injection", "Meta", 0, []int{94, 917}, []string{"T1190", "T1203"}},
	{248, "Command Injection", "Meta", 0, []int{77}, []string{"T1059"}},
	{88, "OS Command Injection", "Standard", 248, []int{78}, []string{"T1059.004"}},
	{66, "SQL Injection", "Standard", 248, []int{89}, []string{"T1190"}},
	{63, "Cross-Site Scripting", "Standard", 242, []int{79, 20}, []string{"T1059.007"}},
	{126, "Path Traversal", "Standard", 153, []int{22}, []string{"T1083"}},
	{153, "Input Data Manipulation", "Meta", 0, []int{20}, nil},
	{100, "Overflow Buffers", "Standard", 0, []int{119, 787, 121}, []string{"T1203", "T1068"}},
	{130, "Excessive Allocation", "Meta", 0, []int{400}, []string{"T1499"}},
	{62, "Cross Site Request Forgery", "Standard", 0, []int{352}, []string{"T1185"}},
	{70, "Try Common Usernames and Passwords", "Detailed", 0, []int{798, 287}, []string{"T1078"}},
	{1, "Accessing Functionality Not Constrained", "Standard", 0, []int{862, 284}, []string{"T1574.010"}},
	{628, "Carry-Off Attack on a Phone", "Detailed", 0, []int{284}, []string{"T1404"}},
	{702, "Exploiting a Controller's Commands", "Detailed", 242, []int{94}, []string{"T0819", "T1143"}},
}

var knownTechniques = []technique{
	{"T1190", "Exploit Public-Facing Application", "enterprise", "initial-access", ""},
	{"T1059", "Command and Scripting Interpreter", "enterprise", "execution", ""},
	{"T1059.004", "Unix Shell", "enterprise", "execution", ""},
	{"T1059.007", "JavaScript", "enterprise", "execution", ""},
	{"T1203", "Exploitation for Client Execution", "enterprise", "execution", ""},
	{"T1055", "Process Injection", "enterprise", "privilege-escalation", ""},
	{"T1055.001", "Dynamic-link Library Injection", "enterprise", "privilege-escalation", ""},
	{"T1068", "Exploitation for Privilege Escalation", "enterprise", "privilege-escalation", ""},
	{"T1078", "Valid Accounts", "enterprise", "initial-access", ""},
	{"T1574", "Hijack Execution Flow", "enterprise", "stealth", ""},
	{"T1574.010", "Services File Permissions Weakness", "enterprise", "stealth", ""},
	{"T1564", "Hide Artifacts", "enterprise", "stealth", ""},
	{"T1564.003", "Hidden Window", "enterprise", "stealth", ""},
	{"T1143", "Hidden Window", "enterprise", "stealth", "T1564.003"},
	{"T1562", "Impair Defenses", "enterprise", "defense-impairment", ""},
	{"T1083", "File and Directory Discovery", "enterprise", "discovery", ""},
	{"T1185", "Browser Session Hijacking", "enterprise", "discovery", ""},
	{"T1499", "Endpoint Denial of Service", "enterprise", "impact", ""},
	{"T1404", "Exploitation for Privilege Escalation", "mobile", "privilege-escalation", ""},
	{"T1513", "Screen Capture", "mobile", "collection", ""},
	{"T1628", "Hide Artifacts", "mobile", "defense-evasion", ""},
	{"T0819", "Exploit Public-Facing Application", "ics", "initial-access", ""},
	{"T0803", "Block Command Message", "ics", "inhibit-response-function", ""},
	{"T0820", "Exploitation for Evasion", "ics", "evasion", ""},
}

// newChain puts together what is known and what is made up to reach the size.
func newChain(a author, size Size, cves []string) *chain {
	c := &chain{weaknesses: knownWeaknesses, patterns: knownPatterns, techniques: knownTechniques, cves: cves, size: size}
	c.techniques = slices.Clip(c.techniques)
	for n := 9001; len(c.techniques) < size.Techniques; n++ {
		c.techniques = append(c.techniques, a.technique(n))
	}
	c.weaknesses = slices.Clip(c.weaknesses)
	for n := 9001; len(c.weaknesses) < size.Weaknesses; n++ {
		c.weaknesses = append(c.weaknesses, a.weakness(n))
	}
	c.patterns = slices.Clip(c.patterns)
	for n := 9001; len(c.patterns) < size.Patterns; n++ {
		c.patterns = append(c.patterns, a.pattern(n, c))
	}
	return c
}

func (a author) technique(n int) technique {
	id := fmt.Sprintf("T%d", n)
	like := pick(a.dice(id), knownTechniques)
	return technique{id: id, name: a.phrase(id), domain: like.domain, tactic: like.tactic}
}

func (a author) weakness(n int) weakness {
	id := fmt.Sprintf("CWE-%d", n)
	return weakness{n, a.phrase(id), "Base", pick(a.dice(id), knownWeaknesses).number}
}

func (a author) pattern(n int, c *chain) pattern {
	id := fmt.Sprintf("CAPEC-%d", n)
	d := a.dice(id)
	p := pattern{number: n, name: a.phrase(id), abstraction: "Detailed", parent: pick(d, knownPatterns).number}
	for _, w := range some(d, 2, c.weaknesses) {
		p.weaknesses = append(p.weaknesses, w.number)
	}
	p.techniques = []string{pick(d, c.techniques).id}
	return p
}

// of returns the techniques of a domain.
func (c *chain) of(domain string) []technique {
	return slices.DeleteFunc(slices.Clone(c.techniques), func(t technique) bool { return t.domain != domain })
}

func (c *chain) technique(id string) technique {
	i := slices.IndexFunc(c.techniques, func(t technique) bool { return t.id == id })
	return c.techniques[i]
}

// patternsOf lists the patterns that use a weakness.
func (c *chain) patternsOf(number int) []pattern {
	return slices.DeleteFunc(slices.Clone(c.patterns), func(p pattern) bool { return !slices.Contains(p.weaknesses, number) })
}
