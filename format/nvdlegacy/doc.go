// Package nvdlegacy reads documents of NVD as people have them on disk: the
// formats NVD gave up in August 2025 (JSON feeds 1.0 and 1.1, match feed 1.0,
// CPE dictionary in XML 2.2 and 2.3), which it converts to the shape of the API
// 2.0, and documents 2.0, which it passes on to format/nvd as they are. What a
// document is, its content tells, never its name.
//
// # What conversion keeps
//
// A converted record has Converted set and a Body made here, always the same
// for the same input. It never has a member that a record 2.0 could not have.
// What the old format did not say is left out, not guessed:
//
//   - CVE: times had minutes only; ":00.000" takes the place of the seconds.
//     Weaknesses and scores become NVD's own ("nvd@nist.gov", "Primary"),
//     references those of the assigner. vulnStatus is Rejected where the text
//     begins "** REJECT **" or "Rejected reason:", and otherwise missing; the tags disputed and
//     unsupported-when-assigned come from the text likewise. Names and refsource
//     of references, affects, cpe_name and what CISA or vendors added are not
//     there.
//   - Configurations have two levels in 2.0. Deeper ones are spelled out as
//     alternatives of the same meaning.
//   - Match criteria had no identifier. The one given is a UUID of version 5
//     made of the criteria and its four bounds, the same wherever they are the
//     same; NVD's own are of version 4. Whoever has NVD's match criteria can
//     look up the real one by criteria and bounds; this package, which sees one
//     document at a time, cannot.
//   - CPE names had no cpeNameId. lastModified and created are the dictionary's
//     own timestamp, so that of two dictionaries the later wins; where an item
//     states when it was modified, lastModified is that. Notes and checks are
//     dropped.
//   - The match feed had no dates at all. Its records have none either, and a
//     zero Modified, so that anything dated wins over them.
//
// Sources: nvd_cve_feed_json_1.1.schema, cpe-dictionary_2.3.xsd,
// cpe-dictionary-extension_2.3.xsd, cve_api_json_2.0.schema.
package nvdlegacy
