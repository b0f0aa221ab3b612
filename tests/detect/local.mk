# tests of src/detect
