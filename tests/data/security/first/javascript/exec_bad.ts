import { exec } from "child_process";
import { Request, Response } from "express";

export function convert(req: Request, res: Response): void {
  const { file } = req.body;
  exec(`convert ${file} out.png`, () => res.send("ok"));
}
