// Line icons on a 24 px grid, drawn for this dashboard.
const PATHS = {
  library: "M4 19V6a2 2 0 0 1 2-2h4v16H6a2 2 0 0 1-2-1ZM10 4h4v16h-4M14.5 5l3.7-.8 2.8 15-3.7.8Z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM20 20l-4.8-4.8",
  cards: "M7 8h12a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1ZM4 15V6a1 1 0 0 1 1-1h11",
  queue: "M4 6h16M4 12h10M4 18h6M17 14v6m0 0 3-3m-3 3-3-3",
  settings:
    "M4 7h9m5 0h2M4 17h3m5 0h8M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.5 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  system: "M4 5h16v10H4zM9 20h6M12 15v5M7 11l2.5-3 2.5 2.5L15 7l2 2.5",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  more: "M12 6.5v.01M12 12v.01M12 17.5v.01",
  play: "M8 5.5v13l10.5-6.5Z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  retry: "M19 12a7 7 0 1 1-2-5l2 2M19 4.5V9h-4.5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  edit: "M4.5 19.5l1-4L16 5l3 3L8.5 18.5ZM14 7l3 3",
  folder:
    "M3.5 7a1.5 1.5 0 0 1 1.5-1.5h4l2 2.5h8A1.5 1.5 0 0 1 20.5 9.5v7.5a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17Z",
  tag: "M4 11.5V5a1 1 0 0 1 1-1h6.5l8 8-7.5 7.5ZM8 8v.01",
  upload: "M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M5 19h14",
  download: "M12 5v11m0 0 4.5-4.5M12 16l-4.5-4.5M5 19h14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  grid: "M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z",
  list: "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.5 6.5v.01M4.5 12v.01M4.5 17.5v.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M4.5 12H3M21 12h-1.5M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1",
  moon: "M19.5 14A8 8 0 0 1 10 4.5 8 8 0 1 0 19.5 14Z",
  auto: "M12 20a8 8 0 1 0 0-16ZM12 4a8 8 0 0 0 0 16",
  copy: "M9 9h10v10.5H9zM15 9V4.5H5V15h4",
  warning: "M12 4 3 19.5h18ZM12 10v4M12 17v.01",
  info: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 11v5M12 8v.01",
  chevron: "M9 6l6 6-6 6",
  down: "M6 9.5l6 6 6-6",
  back: "M14.5 6l-6 6 6 6",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 8v4.5l3 2",
  spark: "M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8Z",
  external: "M13 5h6v6M19 5l-8.5 8.5M10 6H5v13h13v-5",
  book: "M5 5.5A1.5 1.5 0 0 1 6.5 4H19v14H6.5A1.5 1.5 0 0 0 5 19.5M5 5.5v14M5 19.5A1.5 1.5 0 0 0 6.5 20H19",
  volume: "M4.5 10v4h3l4 3.5v-11l-4 3.5ZM15 9.5a3.5 3.5 0 0 1 0 5M17.5 7a7 7 0 0 1 0 10",
  mute: "M4.5 10v4h3l4 3.5v-11l-4 3.5ZM15.5 10l4 4M19.5 10l-4 4",
  captions: "M4 6h16v12H4zM10.5 10.5a2 2 0 1 0 0 3M17 10.5a2 2 0 1 0 0 3",
  pip: "M4 5.5h16v13H4zM12.5 12h5v4h-5z",
  full: "M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15",
  follow: "M5 5h14M5 9h9M5 19h14M12 12v4m0 0 2-2m-2 2-2-2",
  skip: "M5 6.5v11l6-5.5ZM12 6.5v11l6-5.5ZM20 6.5v11",
  person: "M12 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 19.5c1-3.5 3.5-5 7-5s6 1.5 7 5",
  key: "M8.5 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12.5 12H21M18 12v3.5",
  keyboard: "M3.5 6.5h17v11h-17zM7 10v.01M10.5 10v.01M14 10v.01M17.5 10v.01M8 14h8",
  drag: "M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01",
  speed: "M4.5 17a8 8 0 1 1 15 0M12 14l3.5-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg
      className={`icon${name === "more" ? " icon-more" : ""} ${className}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
