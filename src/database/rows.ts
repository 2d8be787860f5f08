import { CreateDateColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** A row that says when it was made. */
export abstract class CreatedRow {
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** A row that also says when it was last changed through its entity. */
export abstract class ChangedRow extends CreatedRow {
  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}

/** A row with a number of ours as its id. */
export abstract class NumberedRow extends ChangedRow {
  @PrimaryGeneratedColumn()
  id!: number;
}
