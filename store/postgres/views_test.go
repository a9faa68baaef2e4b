package postgres_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/store/storetest"
)

// TestViews: the public views have what docs/schema.md says, and rows.
func TestViews(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	records := append(storetest.Records(200, 1), storetest.Entries(200, 1)...)
	for range 2 {
		if _, err := s.Apply(t.Context(), &store.Batch{Origin: store.Origin{Source: "test", Filename: "f", SHA256: "00"}, Records: records}); err != nil {
			t.Fatal(err)
		}
		for i := range records {
			records[i].Modified = records[i].Modified.AddDate(1, 0, 0)
		}
	}
	for view, want := range map[string]string{
		"cve":               "id published last_modified status source_identifier best_version best_score best_severity best_vector best_scorer kev_added cert_alert cert_note oval feed_year source revision content_hash converted withdrawn body",
		"cvss":              "id version base_score severity vector scorer type",
		"weakness":          "id cwe",
		"tag":               "id name",
		"source_identifier": "id source",
		"kev":               "id added",
		"match_criteria":    "id vulnerable criteria version_start_including version_start_excluding version_end_including version_end_excluding match_criteria_id part vendor product",
		"product":           "part vendor product id",
		"cpe_name":          "cpe_name part vendor product status created last_modified source converted withdrawn body",
		"match_string":      "match_criteria_id criteria part vendor product status names created last_modified source converted withdrawn body",
		"nvd_source":        "source_identifier created last_modified withdrawn body",
		"history":           "kind id current last_modified published status source_identifier first_seen source filename sha256 content_hash body",
		"cve_records":       "cve_id json_data last_modified",
		"cpe_records":       "cpe_id json_data last_modified",
		"source_state":      "source completed synced watermark failed reason release",
		"records":           "kind id title status published last_modified source converted withdrawn body",
		"links":             "from_kind from_id kind id rule source",
	} {
		rows, err := s.Ask(t.Context(), "SELECT * FROM "+view)
		if err != nil {
			t.Errorf("%s: %v", view, err)
			continue
		}
		names, err := rows.Columns()
		if d := cmp.Diff(want, strings.Join(names, " ")); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", view, err, d)
		}
		if !rows.Next() && view != "source_state" {
			t.Errorf("%s is empty: %v", view, rows.Err())
		}
		closed(t, rows)
	}
}

// TestSchemaDocument runs the statements of docs/schema.md that are for
// PostgreSQL.
func TestSchemaDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	url := database(t)
	s := open(t, url, postgres.Options{})
	defer closed(t, s)
	fill(t, s, "Analyzed", 3)
	program := connected(t, url)
	program.exec("BEGIN")
	program.exec("CREATE ROLE reader")
	statements := 0
	for _, block := range regexp.MustCompile("(?s)```pgsql\n(.*?)```").FindAllStringSubmatch(string(doc), -1) {
		for statement := range strings.SplitSeq(regexp.MustCompile("--[^\n]*").ReplaceAllString(block[1], ""), ";") {
			switch statement = strings.TrimSpace(statement); {
			case strings.HasPrefix(statement, "SELECT"):
				asked(t, s, statement)
			case statement == "", strings.HasPrefix(statement, "GRANT CONNECT"): // of a database of another name
				continue
			default:
				program.exec(statement)
			}
			statements++
		}
	}
	program.exec("ROLLBACK")
	if statements < 7 {
		t.Errorf("only %d statements were found", statements)
	}
}
