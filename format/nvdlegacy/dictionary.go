package nvdlegacy

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// dictionary reads the CPE dictionary. The forms 2.2 and 2.3 differ in what an
// item has beside its URI.
type dictionary struct {
	dec    *xml.Decoder
	inside bool // after <cpe-list>
	closed bool // after </cpe-list>
	count  int
	stamp  time.Time
}

// legacyItem is a cpe-item of either form.
type legacyItem struct {
	URI          string `xml:"name,attr"`
	Deprecated   string `xml:"deprecated,attr"`
	DeprecatedBy string `xml:"deprecated_by,attr"` // 2.2: URIs
	Titles       []struct {
		Lang string `xml:"lang,attr"`
		Text string `xml:",chardata"`
	} `xml:"title"`
	References []struct {
		Link string `xml:"href,attr"`
		Text string `xml:",chardata"`
	} `xml:"references>reference"`
	Item struct {
		Name        string `xml:"name,attr"`
		Deprecation []struct {
			By []struct {
				Name string `xml:"name,attr"`
			} `xml:"deprecated-by"`
		} `xml:"deprecation"`
	} `xml:"cpe23-item"`
	Metadata struct {
		Modified string `xml:"modification-date,attr"`
	} `xml:"item-metadata"` // 2.2
}

// The members of a cpe object 2.0, in NVD's order.
type (
	cpeBody struct {
		Deprecated   bool        `json:"deprecated"`
		Name         string      `json:"cpeName"`
		LastModified string      `json:"lastModified,omitzero"`
		Created      string      `json:"created,omitzero"`
		Titles       []titleBody `json:"titles"`
		Refs         []refBody   `json:"refs,omitempty"`
		DeprecatedBy []nameBody  `json:"deprecatedBy,omitempty"`
	}
	titleBody struct {
		Title string `json:"title"`
		Lang  string `json:"lang,omitzero"`
	}
	refBody struct {
		Ref  string `json:"ref"`
		Type string `json:"type,omitzero"`
	}
)

func newDictionary(r io.Reader) *dictionary { return &dictionary{dec: xml.NewDecoder(r)} }

func (d *dictionary) declared() (int, bool) { return 0, false }
func (d *dictionary) made() time.Time       { return d.stamp }

func (d *dictionary) next() (vuln.Record, []byte, error) {
	for {
		token, err := d.dec.Token()
		if err != nil {
			return vuln.Record{}, nil, d.ended(err)
		}
		if _, end := token.(xml.EndElement); end {
			d.closed = true // whatever else ends is read with its beginning
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
			continue
		case d.closed, !d.inside && start.Name.Local != "cpe-list":
			err = fmt.Errorf("<%.40s> where it has no place", start.Name.Local)
		case !d.inside:
			d.inside = true
		case start.Name.Local == "cpe-item":
			return d.item(&start)
		case start.Name.Local == "generator":
			err = d.generator(&start)
		default:
			err = d.dec.Skip()
		}
		if err != nil {
			return vuln.Record{}, nil, d.at(err)
		}
	}
}

// ended tells a good end from a bad one. The decoder reports io.EOF only when
// every element was closed.
func (d *dictionary) ended(err error) error {
	if errors.Is(err, io.EOF) && d.closed {
		return io.EOF
	}
	return d.at(err)
}

func (d *dictionary) at(err error) error {
	line, _ := d.dec.InputPos()
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("at line %d: %w", line, err)
}

func (d *dictionary) generator(start *xml.StartElement) error {
	var g struct {
		Timestamp string `xml:"timestamp"`
	}
	if err := d.dec.DecodeElement(&g, start); err != nil {
		return err
	}
	if t, err := vuln.ParseTime(strings.TrimSpace(g.Timestamp)); err == nil {
		d.stamp = t
	}
	return nil
}

func (d *dictionary) item(start *xml.StartElement) (vuln.Record, []byte, error) {
	d.count++
	var old legacyItem
	if err := d.dec.DecodeElement(&old, start); err != nil {
		return vuln.Record{}, nil, d.at(err)
	}
	body := old.body()
	if body.Name == "" {
		return vuln.Record{}, nil, &RecordError{ID: old.URI, Place: place(d.count), Reason: fmt.Sprintf("its name %.80q is no CPE name", old.URI)}
	}
	body.Created = vuln.FormatTime(d.stamp)
	body.LastModified = body.Created
	if t, err := vuln.ParseTime(old.Metadata.Modified); err == nil {
		body.LastModified = vuln.FormatTime(t)
	}
	read := convertedFrom
	if body.LastModified == "" {
		read = undated
	}
	record, err := read(nvd.FormatCPE, body)
	if err != nil {
		err = &RecordError{ID: body.Name, Place: place(d.count), Reason: err.Error()}
	}
	return record, record.Body, err
}

func (i *legacyItem) body() cpeBody {
	b := cpeBody{Deprecated: i.Deprecated == "true" || i.Deprecated == "1", Name: formatted(i.Item.Name, i.URI), Titles: []titleBody{}}
	for _, t := range i.Titles {
		// The API has languages without a region.
		lang, _, _ := strings.Cut(t.Lang, "-")
		b.Titles = append(b.Titles, titleBody{strings.TrimSpace(t.Text), lang})
	}
	for _, r := range i.References {
		b.Refs = append(b.Refs, refBody{r.Link, referenceType(r.Text)})
	}
	for _, deprecation := range i.Item.Deprecation {
		for _, by := range deprecation.By {
			b.DeprecatedBy = append(b.DeprecatedBy, nameBody{by.Name})
		}
	}
	if b.DeprecatedBy == nil {
		for _, uri := range strings.Fields(i.DeprecatedBy) {
			if name := formatted("", uri); name != "" {
				b.DeprecatedBy = append(b.DeprecatedBy, nameBody{name})
			}
		}
	}
	return b
}

// referenceTypes are the types of references in 2.0. The dictionary had free
// text there, which in its last years was one of these.
var referenceTypes = []string{"Advisory", "Change Log", "Product", "Project", "Vendor", "Version"}

func referenceType(text string) string {
	for _, t := range referenceTypes {
		if strings.EqualFold(strings.TrimSpace(text), t) {
			return t
		}
	}
	return ""
}
