export { importImage, type ImportOptions } from "./import.ts";
export {
  ensureImage,
  ensureImages,
  ensureProductImages,
  type ImageName,
  type ImageOptions,
  packagesForImages,
} from "./images.ts";
export { fullName, type ImageConfig } from "./layout.ts";
export { type Component, productDirectory, productImages } from "./product.ts";
export { type ImageSource, packImage, type PackedImage } from "./pack.ts";
export type { TarEntry } from "./tar.ts";
export { directoryEntries, fileEntry, textEntry } from "./tree.ts";
