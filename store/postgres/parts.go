package postgres

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store/draft"
	"vulnmirror/store/platform"
	"vulnmirror/vuln"
)

// parts are the hashes of what a record has in tables of their own.
type parts struct{ wording, score, use, link []byte }

// digestOf is the first half of the SHA-256 of texts, each with its length.
func digestOf(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	sum := sha256.Sum256(b)
	return sum[:16]
}

// partsOf works out the hashes of a record.
func partsOf(d *draft.Draft) parts {
	var scores []string
	for _, s := range d.Facts.Scores {
		base := binary.BigEndian.AppendUint64(nil, math.Float64bits(s.Base))
		scores = append(scores, s.Version, s.Scorer, s.Type, string(base), s.Severity, s.Vector)
	}
	uses := make([]string, len(d.Uses))
	for i, u := range d.Uses {
		uses[i] = string(u.Key[:]) + string(rune(u.Affects))
	}
	slices.Sort(uses)
	var links []string
	for _, l := range d.Facts.Links {
		links = append(links, string(l.Kind), l.ID, l.Rule)
	}
	return parts{wording: digestOf(append(slices.Clip(d.Words), d.Texts...)...), score: digestOf(scores...), use: digestOf(uses...), link: digestOf(links...)}
}

// putParts puts in place what records have in tables of their own.
func (a *applier) putParts(added, changed []*incoming) error {
	differ := func(part func(*parts) []byte) (out []*incoming) {
		for _, d := range changed {
			if !bytes.Equal(part(&a.heads[name{d.Kind, text(d.ID)}].parts), part(&d.parts)) {
				out = append(out, d)
			}
		}
		return out
	}
	if err := a.putWording(added, differ(func(p *parts) []byte { return p.wording })); err != nil {
		return err
	}
	if err := a.putScores(added, differ(func(p *parts) []byte { return p.score })); err != nil {
		return err
	}
	if err := a.putUses(added, differ(func(p *parts) []byte { return p.use })); err != nil {
		return err
	}
	return a.putLinks(added, differ(func(p *parts) []byte { return p.link }))
}

// putWording puts the words of descriptions in place.
func (a *applier) putWording(added, changed []*incoming) error {
	if err := a.clearNamed("wording", "kind", "id", changed); err != nil {
		return err
	}
	var rows [][]any
	for _, d := range append(slices.Clip(added), changed...) {
		if len(d.Words) > 0 {
			lexemes := lexemesOf(d.Words)
			if !draft.Readable(d.Kind) {
				lexemes = append(lexemes, kindLexeme(d.Kind))
			}
			row := []any{string(d.Kind), text(d.ID), lexemes.vector(), clean(longWords(d.Words)), nil}
			if d.Texts != nil {
				row[4] = clean(d.Texts)
			}
			rows = append(rows, row)
		}
	}
	return a.copyRows("wording", []string{"kind", "id", "words", "long_words", "texts"}, rows)
}

// putScores puts the CVSS assessments of CVE records in place. What others say of a
// CVE has its identifier, too, and their assessments are in their bodies alone.
func (a *applier) putScores(added, changed []*incoming) error {
	if err := a.clear("score", changed); err != nil {
		return err
	}
	var rows [][]any
	for _, d := range append(slices.Clip(added), changed...) {
		if d.Kind != vuln.KindCVE {
			continue
		}
		for i, s := range d.Facts.Scores {
			rows = append(rows, []any{text(d.ID), int32(i), text(s.Version), text(s.Scorer), text(s.Type), s.Base, text(s.Severity), text(s.Vector)})
		}
	}
	return a.copyRows("score", []string{"id", "ordinal", "version", "scorer", "type", "base", "severity", "vector"}, rows)
}

// putUses puts the match criteria of CVE records in place.
func (a *applier) putUses(added, changed []*incoming) error {
	if err := a.clear("criterion_use", changed); err != nil {
		return err
	}
	var rows [][]any
	news := map[draft.Key]*vuln.MatchCriteria{}
	for _, d := range append(slices.Clip(added), changed...) {
		for _, u := range d.Uses {
			rows = append(rows, []any{u.Key[:], text(d.ID), int16(u.Affects)})
			news[u.Key] = u.Of
		}
	}
	if err := a.putCriteria(news); err != nil {
		return err
	}
	return a.copyRows("criterion_use", []string{"criterion", "id", "affects"}, rows)
}

func (a *applier) putCriteria(news map[draft.Key]*vuln.MatchCriteria) error {
	if len(news) == 0 {
		return nil
	}
	var keys [][]byte
	texts := make([][]string, 9)
	var open []bool
	for k, m := range news {
		keys = append(keys, k[:])
		p := platform.Of(m.Criteria)
		for i, s := range []string{m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding, p.Part, p.Vendor, p.Product} {
			texts[i] = append(texts[i], text(s))
		}
		open = append(open, p.Open())
	}
	args := []any{keys}
	for _, t := range texts {
		args = append(args, t)
	}
	_, err := a.tx.Exec(a.ctx, `INSERT INTO content.criterion
		SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::boolean[])
		ON CONFLICT (key) DO NOTHING`, append(args, open)...)
	if err != nil {
		return fmt.Errorf("put criteria: %w", err)
	}
	return nil
}

// clear takes away what hangs on CVE records.
func (a *applier) clear(table string, changed []*incoming) error {
	var ids []string
	for _, d := range changed {
		if d.Kind == vuln.KindCVE {
			ids = append(ids, text(d.ID))
		}
	}
	if ids == nil {
		return nil
	}
	if _, err := a.tx.Exec(a.ctx, "DELETE FROM content."+table+" WHERE id = ANY($1::text[])", ids); err != nil {
		return fmt.Errorf("clear %s: %w", table, err)
	}
	return nil
}

func (a *applier) copyRows(table string, names []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if err := a.tx.copyInto(a.ctx, table, names, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	return nil
}
