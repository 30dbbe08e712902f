/** Training of networks, with pruning on the way. */
export { digitalAccuracy } from './evaluate.js';
export { FINE_TUNING, type FineTuned, type FineTuneOptions, fineTune } from './fineTune.js';
export { describeEntry, type TrainingLogEntry } from './log.js';
export type { TrainingManifest } from './manifest.js';
export type { Hyperparameters, TrainOptions } from './options.js';
export { type TrainRecipeOptions, trainMnist, trainRecipe } from './recipes.js';
export { RECIPE_NAMES, RECIPES, type Recipe, type RecipeName, type Stage } from './recipeTable.js';
export { type TrainResult, trainNetwork } from './trainNetwork.js';
