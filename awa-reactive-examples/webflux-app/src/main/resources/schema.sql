create table if not exists orders (
  id         bigint generated always as identity primary key,
  customer   text not null,
  items      int not null,
  placed_at  timestamptz not null default now(),
  shipped_at timestamptz
);
