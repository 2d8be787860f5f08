import 'reflect-metadata';
import { readEnvironment } from '../config/environment.js';
import { runProgram } from './program.js';

process.exitCode = await runProgram(process.argv.slice(2), readEnvironment(), process);
