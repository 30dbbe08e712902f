/** Optional packages, so that the project also compiles where they are not installed. */
declare module '@tensorflow/tfjs-backend-webgpu';
