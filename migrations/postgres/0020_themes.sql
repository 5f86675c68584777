-- Themes of product images that operators have stored. See `src/kinds/product-image/application/current-themes.ts`.
CREATE TABLE themes (
  name TEXT COLLATE "C" PRIMARY KEY,
  look TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
