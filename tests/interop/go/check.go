// Checks Muster's log with Go's own packages for such logs (golang.org/x/mod/sumdb), which share no
// code with it.
//
//	check samples FOLDER                what tlog_samples writes: receipts, cosignatures, consistency
//	check log FOLDER VKEY RECEIPTS      what `muster log export` writes, and agents' receipts of it
//
// Ends with 1 and a sentence where something does not verify, or where something altered does.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A verifier of cosignature/v1 lines (C2SP tlog-cosignature), which the package does not know.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, message)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

func newWitness(text string) (*witness, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a key text")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != 4 {
		return nil, errors.New("not a cosignature key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("the key id is not the key's")
	}
	return &witness{parts[0], binary.BigEndian.Uint32(sum[:]), typed[1:]}, nil
}

// Opens a checkpoint; every one of the verifiers must have signed it.
func openCheckpoint(signed []byte, verifiers ...note.Verifier) (tree tlog.Tree, err error) {
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return tree, err
	}
	if len(opened.Sigs) != len(verifiers) {
		return tree, fmt.Errorf("%d of %d signatures", len(opened.Sigs), len(verifiers))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifiers[0].Name() {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err == nil {
		tree.Hash, err = tlog.ParseHash(lines[2])
	}
	return tree, err
}

// A receipt (C2SP tlog-proof): the entry, its index, and the checkpoint that it was proved against.
type receipt struct {
	leaf  []byte
	index int64
	tree  tlog.Tree
}

func openReceipt(text []byte, verifiers ...note.Verifier) (r receipt, err error) {
	at := bytes.Index(text, []byte("\n\n"))
	if at < 0 {
		return r, errors.New("cut short")
	}
	lines := strings.Split(string(text[:at]), "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") ||
		!strings.HasPrefix(lines[2], "index ") {
		return r, errors.New("not a receipt")
	}
	if r.leaf, err = base64.StdEncoding.Strict().DecodeString(lines[1][len("extra "):]); err != nil {
		return r, err
	}
	if r.index, err = strconv.ParseInt(lines[2][len("index "):], 10, 64); err != nil {
		return r, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return r, err
		}
		proof = append(proof, hash)
	}
	if r.tree, err = openCheckpoint(text[at+2:], verifiers...); err != nil {
		return r, err
	}
	return r, tlog.CheckRecord(proof, r.tree.N, r.tree.Hash, r.index, tlog.RecordHash(r.leaf))
}

// The stored hashes of a log, in Go's order.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, errors.New("beyond the end")
		}
		found[i] = h[index]
	}
	return found, nil
}

func (h *hashes) add(n int64, leaf []byte) error {
	stored, err := tlog.StoredHashes(n, leaf, *h)
	*h = append(*h, stored...)
	return err
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func read(parts ...string) []byte {
	path := filepath.Join(parts...)
	text, err := os.ReadFile(path)
	must(err, path)
	return text
}

func receiptsIn(folder string) []string {
	found, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	must(err, folder)
	if len(found) == 0 {
		fail("%s: no receipts", folder)
	}
	return found
}

// Each byte of the text, altered: none may pass. The new character has other high bits as base64, since
// Go's reader does not look at the bits to spare in a last character (Muster's does).
func mustRefuse(text []byte, open func([]byte) error) int {
	tried := 0
	for at := range text {
		altered := append([]byte(nil), text...)
		if altered[at] = 'A'; text[at] >= 'A' && text[at] <= 'P' {
			altered[at] = 'w'
		}
		if open(altered) == nil {
			fail("a receipt altered at byte %d of %d still verifies", at, len(text))
		}
		tried++
	}
	for cut := 0; cut < len(text); cut++ {
		if open(text[:cut]) == nil {
			fail("a receipt cut at byte %d still verifies", cut)
		}
		tried++
	}
	return tried
}

func checkConsistency(folder string, h hashes) int {
	count := 0
	for _, line := range strings.Split(strings.TrimSpace(string(read(folder, "consistency"))), "\n") {
		var proof tlog.TreeProof
		words := strings.Fields(line)
		old, _ := strconv.ParseInt(words[0], 10, 64)
		size, _ := strconv.ParseInt(words[1], 10, 64)
		for _, word := range words[2:] {
			var hash tlog.Hash
			if n, err := hex.Decode(hash[:], []byte(word)); err != nil || n != len(hash) {
				fail("consistency %s: a hash is not 32 bytes", line)
			}
			proof = append(proof, hash)
		}
		oldRoot, err := tlog.TreeHash(old, h)
		must(err, "the old root")
		root, err := tlog.TreeHash(size, h)
		must(err, "the root")
		must(tlog.CheckTree(proof, size, root, old, oldRoot), "consistency "+line)
		if oldRoot[0] ^= 1; tlog.CheckTree(proof, size, root, old, oldRoot) == nil {
			fail("consistency %s: another old root passes too", line)
		}
		count++
	}
	return count
}

func checkSamples(folder string) {
	keys := strings.Fields(string(read(folder, "keys")))
	log, err := note.NewVerifier(keys[0])
	must(err, "the log's key")
	cosigner, err := newWitness(keys[1])
	must(err, "the witness's key")
	var h hashes
	for i := int64(0); i < 700; i++ {
		must(h.add(i, []byte(fmt.Sprintf("leaf %d", i))), "a leaf")
	}
	paths := receiptsIn(folder)
	for _, path := range paths {
		r, err := openReceipt(read(path), log, cosigner)
		must(err, path)
		root, err := tlog.TreeHash(r.tree.N, h)
		must(err, path)
		if string(r.leaf) != fmt.Sprintf("leaf %d", r.index) || root != r.tree.Hash {
			fail("%s: another entry or root", path)
		}
	}
	refused := mustRefuse(read(folder, "700-350.tlog-proof"), func(text []byte) error {
		_, err := openReceipt(text, log, cosigner)
		return err
	})
	fmt.Printf("%d receipts with cosignatures, %d consistency proofs verified; %d altered receipts refused\n",
		len(paths), checkConsistency(folder, h), refused)
}

// The path of a tile, C2SP's way: thousands as folders, the width where it is not full.
func tilePath(level string, n int64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join("tile", level, name)
}

func readEntries(folder string, size int64) (entries [][]byte) {
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if size-n*256 < 256 {
			width = int(size - n*256)
		}
		data := read(folder, tilePath("entries", n, width))
		for i := 0; i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				fail("bundle %d is cut short", n)
			}
			length := 2 + int(binary.BigEndian.Uint16(data))
			entries, data = append(entries, data[2:length]), data[length:]
		}
		if len(data) > 0 {
			fail("bundle %d has more than its entries", n)
		}
	}
	return entries
}

func checkLog(folder, vkey, receipts string) {
	log, err := note.NewVerifier(strings.TrimSpace(string(read(vkey))))
	must(err, "the log's key")
	tree, err := openCheckpoint(read(folder, "checkpoint"), log)
	must(err, "the checkpoint")
	entries := readEntries(folder, tree.N)
	var h hashes
	for i, entry := range entries {
		must(h.add(int64(i), entry), "an entry")
	}
	root, err := tlog.TreeHash(tree.N, h)
	must(err, "the root")
	if root != tree.Hash {
		fail("the entries do not come to the checkpoint's root")
	}
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		if tile.W < 256 && int64(tile.W) != tree.N>>(8*tile.L)%256 {
			continue // narrower forms of the last one of a level: only the widest is exported
		}
		data, err := tlog.ReadTileData(tile, h)
		must(err, "a tile")
		if !bytes.Equal(data, read(folder, tilePath(strconv.Itoa(tile.L), tile.N, tile.W))) {
			fail("tile %d/%d is not that of the entries", tile.L, tile.N)
		}
	}
	paths := receiptsIn(receipts)
	for _, path := range paths {
		r, err := openReceipt(read(path), log)
		must(err, path)
		if r.index >= tree.N || !bytes.Equal(r.leaf, entries[r.index]) {
			fail("%s: the log has another entry there", path)
		}
		proof, err := tlog.ProveTree(tree.N, r.tree.N, h)
		must(err, path)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, r.tree.N, r.tree.Hash), path)
	}
	fmt.Printf("%d entries come to the root; %d receipts are in it\n", tree.N, len(paths))
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "samples":
		checkSamples(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "log":
		checkLog(os.Args[2], os.Args[3], os.Args[4])
	default:
		fmt.Fprintln(os.Stderr, "usage: check samples FOLDER | check log FOLDER VKEY_FILE RECEIPTS_FOLDER")
		os.Exit(2)
	}
}
