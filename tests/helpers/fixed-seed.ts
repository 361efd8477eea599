/** Property tests draw the same cases in every run; the environment variable SEED chooses others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) });
