# tests of src/parse
