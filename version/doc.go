// Package version orders the version texts of CPE names and of the bounds in
// NVD's match criteria.
//
// NVD publishes no order. This one is made for what NVD's data holds: numbers
// of any length, letters after them, pre-releases, dates, patch and build
// words, prefixes, padding. It agrees with the order of Semantic Versioning,
// PEP 440 and Maven on the forms those have in common, and it is total: any
// two texts compare, equal ones in every comparison alike, and the result does
// not depend on what they are compared beside.
//
// A text is read as a sequence of elements, compared one by one from the left:
//
//   - A run of digits is a number, compared by value: 1.10 > 1.9, 1.04 = 1.4.
//   - A run of letters is a word, compared without regard to case.
//   - All else separates and counts for nothing: 1.0-1 = 1.0_1 = 1.0.1, and
//     CPE quoting, "3.2\(40\)", may stay in place. White space around is nothing.
//   - A first number before a colon is an epoch, as Debian and RPM have it, and
//     outranks all that follows; without one it is 0.
//   - v, ver, version, release, rel, stable and final before the first number
//     are nothing: v1.0 = 1.0.
//
// At the first difference the kinds of elements rank so:
//
//  1. A pre-release word: dev (snapshot, nightly, canary, unstable), alpha,
//     beta, gamma, milestone, pre (preview, test, pr), rc (cr, candidate). "a"
//     and "b" right before one to three digits, and not first, are alpha and
//     beta: 3.0b4 < 3.0.
//  2. The end of the text: 1.0-rc.2 < 1.0.
//  3. Any other word, alphabetically: 1.0 < 1.0a < 1.0b, 1.1.1z < 1.1.1za,
//     1.0 < 1.0-r1. Synonyms are one word: p, pl, patch; r, rev, revision; u,
//     update; sp, servicepack; hf, hotfix.
//  4. A number: 1.0p1 < 1.0.1.
//  5. The word x alone in the place of a number: 2.9 < 2.x.
//
// Zeros that end a run of numbers are nothing: 1 = 1.0 = 1.0.0 and 1.0-rc1 =
// 1-rc1. The words final, ga, release, stable, gold, rtm and lts are a zero:
// 1.0_final = 1.0, and 2.4.stable6 < 2.4.1.
//
// Known limits: decimal-like series (1.05 < 1.1 < 1.5 as their maker means) are
// read by numbers (1.1 < 1.05 = 1.5), month names are words, "pre-alpha" ranks
// as pre, and names that carry an edition first (standard_8.1) compare within
// that edition only.
package version
