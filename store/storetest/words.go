package storetest

import (
	"fmt"
	"slices"
	"strings"

	"vulnmirror/store"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// nastyTexts have what databases cut, fold and compare in ways of their own.
func nastyTexts() []string {
	long := strings.Repeat("long", 700)
	return []string{
		// Case beyond ASCII, where one letter becomes two, or two become one.
		"STRASSE Straße ẞ", "İstanbul ISTANBUL ıstanbul istanbul", "ΣΊΣΥΦΟΣ Σίσυφος σίσυφοσ", "ЁЛКА елка ёлка", "K Kelvin Å Ångström", "ﬁnal final", "ǅ Ǆ ǆ", "Ⅷ ⅷ VIII",
		// Accents: composed, combining, several, and letters that only look so.
		"Núñez Nu\u0301n\u0303ez Nunez", "Việt Nam Vie\u0323\u0302t", "øre ore łódź lodz đ d", "å a\u030a Å", "naïve coöperate façade", "ñ n\u0303", "\u0301stray mark",
		// Scripts without spaces, without case, from right to left, beyond 16 bits.
		"任意代码执行漏洞", "任意 代码", "リモートコード実行 ﾘﾓｰﾄ", "원격 코드 실행", "تنفيذ تعليمات", "חולשה", "ไทย ภาษา", "हिन्दी में", "𝒜lpha 𐐀 𐐨", "ꟊ ꭰ Ꭰ 𞤀 𞤢",
		// Digits, signs and what joins them.
		"log4j 2.14.1", "log4j-core-2.14.1.jar", "2.1 4.1", "2141", "v1.2.3-rc.1+build", "٣٤ 34", "½ ² ① 10⁻³", "1e10 0x1F", "10.0.0.1:8080", "CVE-2021-44228",
		"snake_case_name", "snake case", "kebab-case", "a_b", "__init__", "C++ C# .NET F#", "and OR Not near", "AT&T R&D", "don't won\u2019t", "e-mail@example.org", "https://example.org/a?b=c%20d&e=<f>",
		"null NULL nil", "a", "I", "the of", "\"quoted\" 'single' `back`", `back\slash C:\Windows`, "(a:b) [c] {d} a*b a? ^a a~2 -a +b", "100% under_score", "tab\tline\r\nfeed\u2028sep\u00a0nbsp\u200bzero",
		"soft\u00adhyphen", "emoji \U0001F600 face", "\ufeffbom", "bad\xff\xfebytes", "",
		// Words longer than what indexes keep of one, the same for long.
		long, long + "er", long + "est tail", strings.Repeat("漢", 1500), "x" + strings.Repeat("9", 300),
	}
}

// checkNastyWords: words mean what package words says, on every store. What is
// looked for is every text, every word of one, and the beginnings of some.
func checkNastyWords(t trial, s store.Store) {
	texts := nastyTexts()
	records := make([]vuln.Record, len(texts))
	for i, value := range texts {
		records[i] = record(2024, i, text("Filler.", value))
	}
	apply(t, s, 1, records...)
	var cpes []vuln.Record
	for i, value := range texts[:t.size(len(texts), 0)] {
		cpes = append(cpes, entry(vuln.KindCPE, fmt.Sprintf("cpe:2.3:a:v:p%d:1:*:*:*:*:*:*:*", i), text(value)))
	}
	apply(t, s, 2, cpes...)
	var typed []string
	for _, value := range texts {
		typed = append(typed, value, strings.ToUpper(value), strings.ToLower(value))
		for _, w := range words.Split(value) {
			letters := []rune(w)
			typed = append(typed, w, string(letters[:1+len(letters)/2]), string(letters[len(letters)/2:]))
		}
	}
	slices.Sort(typed)
	typed = slices.Compact(typed)
	typed = slices.DeleteFunc(typed, func(s string) bool { return s == "" })
	for i, w := range typed {
		if i%t.size(1, 4) > 0 {
			continue
		}
		compareList(t, s, records, store.Query{Kind: vuln.KindCVE, Words: []string{w}})
		compareList(t, s, records, store.Query{Kind: vuln.KindCVE, Phrase: w})
		if len(cpes) > 0 && i%5 == 0 {
			compare(t, s, cpes, store.Query{Kind: vuln.KindCPE, Words: []string{w}})
			compare(t, s, cpes, store.Query{Kind: vuln.KindCPE, Phrase: w})
		}
	}
	for _, pair := range [][]string{{"strasse", "ẞ"}, {"", "final"}, {"", ""}, {"log4j", "2 14"}, {"filler", "任意"}, {"K", "kelvin"}, {"filler", "filler"}} {
		compare(t, s, records, store.Query{Kind: vuln.KindCVE, Words: pair})
	}
}
