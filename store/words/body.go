package words

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// BodyHasPhrase looks for a phrase, as Split returns it, in what is searched for
// words of a body in the shape of the NVD API 2.0: descriptions, titles and
// addresses, names. It fails for what is no JSON object.
func BodyHasPhrase(body []byte, phrase []string) (bool, error) {
	var doc struct {
		Descriptions []struct {
			Value string `json:"value"`
		} `json:"descriptions"`
		Titles []struct {
			Title string `json:"title"`
		} `json:"titles"`
		Refs []struct {
			Ref string `json:"ref"`
		} `json:"refs"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(body, &doc, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return false, fmt.Errorf("texts of a body: %w", err)
	}
	texts := []string{doc.Name}
	for _, d := range doc.Descriptions {
		texts = append(texts, d.Value)
	}
	for _, t := range doc.Titles {
		texts = append(texts, t.Title)
	}
	for _, r := range doc.Refs {
		texts = append(texts, r.Ref)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return HasPhrase(text, phrase) }), nil
}
