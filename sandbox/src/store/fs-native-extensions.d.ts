/** The part of the package that is used here; it comes without types. */
declare module 'fs-native-extensions' {
  const locks: {
    /** Locks a whole open file for this descriptor alone; false while another one holds it. Ends with the process. */
    tryLock(fileDescriptor: number): boolean;
    unlock(fileDescriptor: number): void;
  };
  export default locks;
}
