# src/parse
