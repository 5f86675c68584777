-- Themes of product images that operators have stored. See `src/kinds/product-image/application/current-themes.ts`.
CREATE TABLE themes (
  name TEXT PRIMARY KEY,
  look TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
