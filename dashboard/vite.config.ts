import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const service = process.env.SCALER_URL ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": service, "/content": service, "/openapi.json": service },
  },
  build: {
    target: "es2022",
    sourcemap: false,
    // Files of their own: the service's Content-Security-Policy allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
