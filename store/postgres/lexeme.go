package postgres

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"vulnmirror/vuln"
)

// longestLexeme is how many bytes of a word are looked up in the index. A
// lexeme may have 2046 bytes, an entry of a GIN index not many more.
const longestLexeme = 500

// lexeme is a word as far as the index has it.
func lexeme(word string) string {
	if len(word) <= longestLexeme {
		return word
	}
	end := longestLexeme
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// kindLexeme is what the words of records have beside them that are of one of many
// small kinds: all kinds share an index, which would find a hundred times as many
// CVE records first. No word has a space.
func kindLexeme(kind vuln.Kind) string { return lexeme(" " + text(string(kind))) }

// quotedTerm is a lexeme as a part of a tsquery.
func quotedTerm(lexeme string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(lexeme) + "'"
}

// longWords are the words that lexeme cuts.
func longWords(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return len(w) <= longestLexeme })
}

// lexemes is a value for a column of words.
type lexemes []string

func lexemesOf(words []string) lexemes {
	out := make(lexemes, len(words))
	cut := false
	for i, w := range words {
		out[i] = lexeme(w)
		cut = cut || len(w) > longestLexeme
	}
	if cut { // a lexeme may be there once
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

func (l lexemes) vector() pgtype.TSVector {
	v := pgtype.TSVector{Lexemes: make([]pgtype.TSVectorLexeme, len(l)), Valid: true}
	for i, w := range l {
		v.Lexemes[i].Word = w
	}
	return v
}
