// Package match tells which CVE records concern a product, and why.
//
// It asks a store for the match criteria in records' configurations and decides
// by the rules of NISTIR 7696 (cpe), by version bounds (version) and by the AND,
// OR and negate around them. It loads nothing ahead: what it learns about a
// product is remembered within bounds.
//
// NVD documents the outline of its matching only. Where it leaves room, the
// choice made here is:
//
//   - A criterion whose list of names is held decides about names the
//     dictionary has by that list, whatever the components say.
//   - Otherwise each component of the criterion must be equal to, or a superset
//     of, the name's (NISTIR 7696 table 6-2): ANY covers everything, NA itself
//     only, wildcards inside a value what they fit.
//   - A name that leaves open what a criterion fixes, such as the target
//     software, may be described or not: Unknown, which is not described.
//   - Bounds are compared with the version alone. NVD names the pre-releases
//     and service packs of a version that ends a range in criteria of their own.
//   - A name whose version is NA lies before every version: in ranges that have
//     no start, as in NVD's own lists.
package match
